#include "formats/schema_registry.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace sluice::formats {
namespace {

constexpr int kReferenceDepthMax = 32;
constexpr std::size_t kAnswerBytesMax = 16 << 20;

std::string_view language_name(SchemaLanguage language) {
  switch (language) {
    case SchemaLanguage::kProtobuf:
      return "PROTOBUF";
    case SchemaLanguage::kJson:
      return "JSON";
    default:
      return "AVRO";
  }
}

std::string path_part(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

Json parsed(const std::string& body) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : Json::object();
}

/// The registry's own code of an error: 40401 (no such subject), 40403 (no such schema) ...
std::int64_t error_code(const std::string& body) {
  const Json json = parsed(body);
  const auto code = json.find("error_code");
  return code != json.end() && code->is_number_integer() ? code->get<std::int64_t>() : 0;
}

}  // namespace

SchemaRegistry::SchemaRegistry(std::string url, io::HttpSettings settings)
    : url_(std::move(url)), client_(std::make_unique<io::HttpClient>(std::move(settings))) {}

Result<io::HttpResponse> SchemaRegistry::ask(const char* method, const std::string& path,
                                             const std::string& body) const {
  io::HttpRequest request;
  request.method = method;
  request.url = url_ + path;
  request.headers = {
      {"Accept", Secret("application/vnd.schemaregistry.v1+json, application/json")}};
  if (!body.empty()) {
    request.headers.push_back({"Content-Type", Secret("application/vnd.schemaregistry.v1+json")});
    request.body = body;
  }
  request.limits.timeout = std::chrono::seconds(20);
  request.limits.body_bytes_max = kAnswerBytesMax;
  auto answer = client_->send(request, {});
  if (!answer) return std::move(answer).error().with("schema registry");
  const bool is_answer = answer->is_success() || error_code(answer->body) / 100 == 404;
  if (is_answer) return answer;
  return io::http_status_error(request, *answer).with("schema registry");
}

Result<RegisteredSchema> SchemaRegistry::read(const std::string& body) {
  const Json json = parsed(body);
  RegisteredSchema schema;
  schema.text = text_member(json, "schema");
  const std::string language = text_member(json, "schemaType");
  if (language == "PROTOBUF") schema.language = SchemaLanguage::kProtobuf;
  if (language == "JSON") schema.language = SchemaLanguage::kJson;
  if (const auto id = json.find("id"); id != json.end() && id->is_number_integer()) {
    schema.id = id->get<std::int32_t>();
  }
  if (schema.text.empty()) {
    return user_error(
        "schema registry: the answer has no schema; check that 'registry' is the "
        "address of a schema registry's API; registry=" +
        url_);
  }
  if (const auto list = json.find("references"); list != json.end()) {
    SLUICE_TRY(read_references(list->dump(), schema.references, 0));
  }
  return schema;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kReferenceDepthMax.
Status SchemaRegistry::read_references(const std::string& list,
                                       std::vector<ReferencedSchema>& references, int depth) {
  if (depth > kReferenceDepthMax) {
    return user_error("schema registry: schemas refer to each other more than " +
                      std::to_string(kReferenceDepthMax) + " deep; registry=" + url_);
  }
  const Json json = Json::parse(list, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return {};
  for (const Json& one : json) {
    const std::string name = text_member(one, "name");
    bool known = false;
    for (const ReferencedSchema& reference : references) known = known || reference.name == name;
    if (known) continue;
    const std::string version = one.contains("version") ? one["version"].dump() : "latest";
    SLUICE_ASSIGN(
        const io::HttpResponse answer,
        ask("GET", "/subjects/" + path_part(text_member(one, "subject")) + "/versions/" + version,
            ""));
    if (!answer.is_success()) {
      return user_error("schema registry: a schema refers to version " + version + " of subject '" +
                        text_member(one, "subject") + "', which is not there; registry=" + url_);
    }
    const Json referenced = parsed(answer.body);
    if (const auto deeper = referenced.find("references"); deeper != referenced.end()) {
      SLUICE_TRY(read_references(deeper->dump(), references, depth + 1));
    }
    references.push_back({name, text_member(referenced, "schema")});
  }
  return {};
}

Result<std::optional<RegisteredSchema>> SchemaRegistry::by_id(std::int32_t id) {
  SLUICE_ASSIGN(const io::HttpResponse answer,
                ask("GET", "/schemas/ids/" + std::to_string(id), ""));
  if (!answer.is_success()) return std::optional<RegisteredSchema>();
  SLUICE_ASSIGN(RegisteredSchema schema, read(answer.body));
  schema.id = id;
  return std::optional(std::move(schema));
}

Result<RegisteredSchema> SchemaRegistry::latest(const std::string& subject) {
  SLUICE_ASSIGN(const io::HttpResponse answer,
                ask("GET", "/subjects/" + path_part(subject) + "/versions/latest", ""));
  if (answer.is_success()) return read(answer.body);
  return user_error("schema registry: there is no subject '" + subject +
                    "'; check 'subject' (by default the topic's name and -value), or say what the "
                    "schema is: 'schema_file'; registry=" +
                    url_);
}

Result<std::int32_t> SchemaRegistry::number_of(const std::string& subject, const std::string& path,
                                               SchemaLanguage language, const std::string& text) {
  const auto key = std::make_pair(subject, text);
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  Json body = {{"schema", text}};
  // Registries older than Protobuf know no other language, nor the word for it.
  if (language != SchemaLanguage::kAvro) body["schemaType"] = language_name(language);
  SLUICE_ASSIGN(const io::HttpResponse answer, ask("POST", path, body.dump()));
  if (!answer.is_success()) {
    return user_error("schema registry: subject '" + subject +
                      "' does not have the schema that the columns need; add it, or remove "
                      "'register: false'; schema=" +
                      text + " registry=" + url_);
  }
  const Json json = parsed(answer.body);
  const auto id = json.find("id");
  if (id == json.end() || !id->is_number_integer()) {
    return user_error(
        "schema registry: the answer has no number of a schema; check that 'registry' "
        "is the address of a schema registry's API; registry=" +
        url_);
  }
  const auto number = id->get<std::int32_t>();
  numbers_.emplace(key, number);
  return number;
}

Result<std::int32_t> SchemaRegistry::add(const std::string& subject, SchemaLanguage language,
                                         const std::string& text) {
  return number_of(subject, "/subjects/" + path_part(subject) + "/versions", language, text);
}

Result<std::int32_t> SchemaRegistry::find(const std::string& subject, SchemaLanguage language,
                                          const std::string& text) {
  return number_of(subject, "/subjects/" + path_part(subject), language, text);
}

std::vector<OptionSpec> schema_registry_options() {
  return {
      {.name = "registry",
       .text =
           "The address of a schema registry that speaks Confluent's protocol. A value is then "
           "preceded by a 0 byte and the number of its schema, and the schema is fetched by it.",
       .example = "https://registry.example.com:8081"},
      {.name = "subject",
       .text = "The registry's name for the topic's values. Default: the topic's name and -value.",
       .example = "orders-value"},
      {.name = "registry_user", .text = "Who asks the registry (basic authorization)."},
      {.name = "registry_password",
       .type = OptionType::kSecret,
       .text = "The user's password, or secret of an API key.",
       .example = "${env:REGISTRY_PASSWORD}"},
      {.name = "registry_token",
       .type = OptionType::kSecret,
       .text = "A bearer token, in place of user and password.",
       .example = "${env:REGISTRY_TOKEN}"},
      {.name = "registry_ca_file",
       .type = OptionType::kPath,
       .text = "Certificate authorities (PEM) to trust in place of the system's."},
      {.name = "registry_certificate_file",
       .type = OptionType::kPath,
       .text = "The client's own certificate (PEM)."},
      {.name = "registry_key_file",
       .type = OptionType::kPath,
       .text = "The key (PEM) of the client's certificate."},
  };
}

Result<std::unique_ptr<SchemaRegistry>> make_schema_registry(const Options& options) {
  const auto text = [&options](const char* name) {
    return options.has(name) ? options.text(name) : std::string();
  };
  if (!options.has("registry")) {
    for (const char* name : {"subject", "registry_user", "registry_ca_file"}) {
      if (!options.has(name)) continue;
      return options.value(name).error(std::string("'") + name + "' needs 'registry'");
    }
    return std::unique_ptr<SchemaRegistry>();
  }
  std::string url = text("registry");
  while (url.ends_with('/')) url.pop_back();
  io::HttpSettings settings;
  settings.user = text("registry_user");
  if (options.has("registry_password")) settings.password = options.secret("registry_password");
  if (options.has("registry_token")) settings.bearer = options.secret("registry_token");
  settings.tls.ca_file = text("registry_ca_file");
  settings.tls.certificate_file = text("registry_certificate_file");
  settings.tls.key_file = text("registry_key_file");
  io::HttpRequest request;
  request.url = url;
  if (auto fine = io::HttpClient(settings).check(request); !fine) {
    return options.value("registry").error(fine.error().message());
  }
  return std::make_unique<SchemaRegistry>(std::move(url), std::move(settings));
}

Result<std::string> subject_of(const Options& options, const std::string& topic) {
  if (options.has("subject")) return options.text("subject");
  if (!topic.empty()) return topic + "-value";
  return options.value("registry")
      .error("name the registry's 'subject': without one topic there is no name to go by");
}

Result<RegisteredSchema> newest_schema(SchemaRegistry& registry, const Options& options,
                                       const std::string& topic) {
  SLUICE_ASSIGN(const std::string subject, subject_of(options, topic));
  auto schema = registry.latest(subject);
  if (schema || schema.error().kind() != Kind::kUser) return schema;
  return options.value("registry").error(schema.error().message());
}

Result<std::string> WrittenSchema::header() const {
  std::string header;
  if (registry == nullptr) return header;
  auto found = number ? Result<std::int32_t>(*number)
               : adds ? registry->add(subject, language, text)
                      : registry->find(subject, language, text);
  if (!found) return std::move(found).error();
  append_schema_number(header, *found);
  return header;
}

std::vector<OptionSpec> written_schema_options() {
  return {
      {.name = "register",
       .type = OptionType::kBoolean,
       .text = "The schema is added to the registry when it is not there; the registry refuses one "
               "that does not go with the subject's older versions. false: it must be there.",
       .default_text = "true"},
      {.name = "newest",
       .type = OptionType::kBoolean,
       .text = "The schema is the newest version that the registry's subject has when the pipeline "
               "starts. Nothing is added to the registry.",
       .default_text = "false"},
  };
}

Result<WrittenSchema> written_schema(SchemaLanguage language, std::string text,
                                     const Options& options, SchemaRegistry* registry,
                                     const std::string& topic, const RegisteredSchema* newest) {
  WrittenSchema written{.registry = registry, .language = language, .text = std::move(text)};
  if (registry == nullptr) return written;
  SLUICE_ASSIGN(written.subject, subject_of(options, topic));
  written.adds = options.boolean("register");
  if (newest != nullptr) written.number = newest->id;
  return written;
}

Result<std::optional<RegisteredSchema>> newest_if_wanted(const Options& options,
                                                         SchemaRegistry* registry,
                                                         const std::string& topic,
                                                         const std::vector<std::string>& others) {
  if (!options.boolean("newest")) return std::optional<RegisteredSchema>();
  if (registry == nullptr) {
    return options.value("newest").error("'newest' is a version of the registry's: add 'registry'");
  }
  for (const std::string& other : others) {
    if (!options.has(other)) continue;
    return options.value(other).error(
        "with 'newest' the registry says what the schema is; remove "
        "one of 'newest' and '" +
        other + "'");
  }
  SLUICE_ASSIGN(RegisteredSchema newest, newest_schema(*registry, options, topic));
  return std::optional(std::move(newest));
}

std::optional<std::int32_t> schema_number_of(std::string_view payload) {
  if (payload.size() < kSchemaHeaderBytes || payload[0] != '\0') return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 1; i < kSchemaHeaderBytes; ++i) {
    number = number << 8U | static_cast<unsigned char>(payload[i]);
  }
  if (number > 0x7fffffffU) return std::nullopt;
  return static_cast<std::int32_t>(number);
}

void append_schema_number(std::string& out, std::int32_t number) {
  const auto bits = static_cast<std::uint32_t>(number);
  out += '\0';
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift & 0xffU);
}

}  // namespace sluice::formats
