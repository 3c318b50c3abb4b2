#include "sluice/remote.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/border.h"
#include "base/json.h"
#include "base/percent_text.h"
#include "io/http_client.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 7> kOrders = {"start", "pause", "resume", "trigger",
                                                     "drain", "stop",  "reload"};

/// By QuestionForm.
constexpr std::array<std::string_view, 4> kForms = {"rows", "table", "csv", "json"};

std::string text_at(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

RemotePipeline pipeline_of(const OrderedJson& json) {
  RemotePipeline pipeline;
  pipeline.name = text_at(json, "name");
  pipeline.state = text_at(json, "state");
  pipeline.batches = json.value("batches", std::int64_t{0});
  if (const auto verdict = json.find("verdict"); verdict != json.end() && verdict->is_object()) {
    pipeline.verdict = text_at(*verdict, "state");
    pipeline.head = text_at(*verdict, "head");
    pipeline.text = text_at(*verdict, "text");
  }
  if (const auto error = json.find("error"); error != json.end() && error->is_object()) {
    pipeline.error = text_at(*error, "message");
  }
  return pipeline;
}

}  // namespace

struct Remote::Content {
  explicit Content(RemoteOptions options)
      : base(options.address), client(settings_of(std::move(options))) {
    if (base.find("://") == std::string::npos) {
      const bool port_only = base.find_first_not_of("0123456789") == std::string::npos;
      base = "http://" + (port_only ? "127.0.0.1:" + base : base);
    }
    while (base.ends_with('/')) base.pop_back();
  }

  static io::HttpSettings settings_of(RemoteOptions options) {
    io::HttpSettings settings;
    settings.bearer = std::move(options.token);
    settings.tls.ca_file = std::move(options.ca_file);
    settings.allow.option_prefix = "--";
    return settings;
  }

  io::HttpRequest request(std::string_view method, const std::string& path,
                          const std::string& body = "{}") const {
    io::HttpRequest made;
    made.method = method;
    made.url = base + path;
    if (method == "POST") {
      made.body = body;
      made.headers.push_back({"Content-Type", Secret("application/json")});
    }
    return made;
  }

  /// The reason that a body gives; "": none. Of SQL with its place.
  static std::string reason_in(const OrderedJson& body) {
    if (!body.is_object() || !body.contains("error") || !body["error"].is_object()) return "";
    const OrderedJson& error = body["error"];
    const std::string message = text_at(error, "message");
    if (!error.contains("line") || !error.contains("column")) return message;
    return "line " + dump_json(error["line"]) + ", column " + dump_json(error["column"]) + ": " +
           message;
  }

  /// The body of a success; kUser with the server's reason otherwise.
  Result<std::string> ask(std::string_view method, const std::string& path,
                          const std::stop_token& stop, const std::string& given = "{}") {
    return ask(request(method, path, given), stop);
  }

  /// The body of a success; kUser with the server's reason otherwise.
  Result<std::string> ask(const io::HttpRequest& request, const std::stop_token& stop) {
    auto answer = client.send(request, stop);
    if (!answer) return std::move(answer).error().with("ask the sluice at " + base);
    if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
    const OrderedJson body = parse_ordered_json(answer->body);
    std::string reason = reason_in(body);
    if (answer->status == 401) {
      return user_error("the sluice at " + base +
                        " asks for a token; give it with --token-file FILE or SLUICE_TOKEN");
    }
    if (reason.empty()) {
      reason = "answers with status " + std::to_string(answer->status) + "; is it a sluice?";
    }
    const bool may_pass =
        request.url.ends_with("/sql") && (answer->status == 429 || answer->status == 503);
    return Error(may_pass ? Kind::kTransient : Kind::kUser,
                 "the sluice at " + base + ": " + reason);
  }

  Result<std::vector<RemotePipeline>> pipelines(const std::stop_token& stop) {
    SLUICE_ASSIGN(const std::string text, ask("GET", "/status", stop));
    const OrderedJson status = parse_ordered_json(text);
    if (!status.is_object() || !status.contains("pipelines") || !status["pipelines"].is_array()) {
      return user_error("what answers at " + base + " is no sluice");
    }
    std::vector<RemotePipeline> all;
    for (const OrderedJson& one : status["pipelines"]) {
      if (one.is_object()) all.push_back(pipeline_of(one));
    }
    return all;
  }

  /// `pipeline`, or the only one when that is "".
  Result<std::string> name_of(const std::string& pipeline, const std::stop_token& stop) {
    if (!pipeline.empty()) return pipeline;
    SLUICE_ASSIGN(const auto all, pipelines(stop));
    if (all.size() == 1) return all.front().name;
    std::string names;
    for (const RemotePipeline& one : all) names += (names.empty() ? "" : ", ") + one.name;
    return user_error("it has several pipelines; say which one: " + names);
  }

  std::string base;
  io::HttpClient client;
};

Remote::Remote(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Remote::Remote(Remote&&) noexcept = default;
Remote& Remote::operator=(Remote&&) noexcept = default;
Remote::~Remote() = default;

Result<Remote> Remote::make(RemoteOptions options) {
  return at_border("ask a running sluice", [&]() -> Result<Remote> {
    auto content = std::make_unique<Content>(std::move(options));
    SLUICE_TRY(content->client.check(content->request("GET", "/status")));
    return Remote(std::move(content));
  });
}

Result<std::string> Remote::status_json(const std::stop_token& stop) {
  return at_border("ask a running sluice", [&] { return content_->ask("GET", "/status", stop); });
}

Result<std::vector<RemotePipeline>> Remote::pipelines(const std::stop_token& stop) {
  return at_border("ask a running sluice", [&]() -> Result<std::vector<RemotePipeline>> {
    return content_->pipelines(stop);
  });
}

Result<std::string> Remote::saved_page(const std::string& pipeline, const std::string& tab,
                                       const std::stop_token& stop) {
  return at_border("ask a running sluice", [&]() -> Result<std::string> {
    SLUICE_ASSIGN(const std::string name, content_->name_of(pipeline, stop));
    std::string path = "/api/pipelines/" + percent_encoded_path(name) + "/dashboard.html";
    if (!tab.empty()) path += "?tab=" + percent_encoded_path(tab);
    return content_->ask("GET", path, stop);
  });
}

Result<std::int64_t> Remote::silence(const std::string& pipeline, const RemoteSilence& silence,
                                     const std::stop_token& stop) {
  return at_border("ask a running sluice", [&]() -> Result<std::int64_t> {
    SLUICE_ASSIGN(const std::string name, content_->name_of(pipeline, stop));
    OrderedJson given = {{"for", silence.duration}};
    if (!silence.key.empty()) given["key"] = silence.key;
    const std::string path = "/api/pipelines/" + percent_encoded_path(name) + "/alerts/" +
                             percent_encoded_path(silence.alert) + "/silence";
    SLUICE_ASSIGN(const std::string body, content_->ask("POST", path, stop, dump_json(given)));
    const OrderedJson answer = parse_ordered_json(body);
    const auto until = answer.is_object() ? answer.find("until") : answer.end();
    if (until == answer.end() || !until->is_number_integer()) {
      return user_error("what answers at " + content_->base + " is no sluice");
    }
    return until->get<std::int64_t>() * 1000;
  });
}

Result<RemoteSavepoint> Remote::savepoint(const std::string& pipeline, const std::string& to,
                                          const std::stop_token& stop) {
  return at_border("ask a running sluice", [&]() -> Result<RemoteSavepoint> {
    SLUICE_ASSIGN(const std::string name, content_->name_of(pipeline, stop));
    OrderedJson given = OrderedJson::object();
    if (!to.empty()) given["to"] = to;
    const std::string path = "/api/pipelines/" + percent_encoded_path(name) + "/savepoint";
    io::HttpRequest request = content_->request("POST", path, dump_json(given));
    request.limits.timeout = {};  // a large checkpoint and a slow store take what they take
    SLUICE_ASSIGN(const std::string body, content_->ask(request, stop));
    const OrderedJson answer = parse_ordered_json(body);
    const auto is_number = [&](const char* key) {
      return answer.is_object() && answer.contains(key) && answer[key].is_number_integer();
    };
    if (!is_number("batch") || !is_number("number") || !is_number("bytes")) {
      return user_error("what answers at " + content_->base + " is no sluice");
    }
    return RemoteSavepoint{.batch = answer["batch"].get<std::int64_t>(),
                           .folder = text_at(answer, "folder"),
                           .number = answer["number"].get<std::int64_t>(),
                           .bytes = answer["bytes"].get<std::uint64_t>(),
                           .restore = text_at(answer, "restore")};
  });
}

Result<RemoteAnswer> Remote::ask(const std::string& pipeline, const Question& question,
                                 const std::stop_token& stop) {
  return at_border("ask a running sluice", [&]() -> Result<RemoteAnswer> {
    SLUICE_ASSIGN(const std::string name, content_->name_of(pipeline, stop));
    const OrderedJson given = {{"sql", question.sql},
                               {"limit", question.rows_max},
                               {"format", kForms.at(static_cast<std::size_t>(question.form))}};
    SLUICE_ASSIGN(const std::string body,
                  content_->ask("POST", "/api/pipelines/" + percent_encoded_path(name) + "/sql",
                                stop, dump_json(given)));
    const OrderedJson answer = parse_ordered_json(body);
    if (!answer.is_object() || !answer.contains("text")) {
      return user_error("what answers at " + content_->base + " is no sluice");
    }
    return RemoteAnswer{text_at(answer, "text"), answer.value("truncated", false)};
  });
}

Result<std::string> Remote::order(const std::string& pipeline, RemoteOrder order,
                                  const std::stop_token& stop) {
  return at_border("ask a running sluice", [&]() -> Result<std::string> {
    SLUICE_ASSIGN(const std::string name, content_->name_of(pipeline, stop));
    const std::string path = "/api/pipelines/" + percent_encoded_path(name) + "/" +
                             std::string(kOrders.at(static_cast<std::size_t>(order)));
    SLUICE_ASSIGN(const std::string body, content_->ask("POST", path, stop));
    const OrderedJson answer = parse_ordered_json(body);
    return answer.is_object() ? text_at(answer, "state") : std::string();
  });
}

}  // namespace sluice
