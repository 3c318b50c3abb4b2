#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/options.h"
#include "io/http_client.h"
#include "sluice/base/result.h"

namespace sluice::formats {

enum class SchemaLanguage : unsigned char { kAvro, kProtobuf, kJson };

/// A schema that another one uses: by the name under which the other uses it (a named type of
/// Avro's, a path that a .proto imports).
struct ReferencedSchema {
  std::string name;
  std::string text;
};

struct RegisteredSchema {
  std::int32_t id = 0;
  SchemaLanguage language = SchemaLanguage::kAvro;
  std::string text;
  std::vector<ReferencedSchema> references{};  ///< each after those that it uses itself
};

/// A schema registry that speaks Confluent's protocol (Confluent, Karapace, Apicurio, Redpanda).
/// Keeps the numbers of schemas that it has added or found, which never change. One thread.
///
/// Errors of its calls: kTransient (the server is away, or says 5xx or 429), kUser (wrong address,
/// credentials or certificate; what the server refuses, in its words).
class SchemaRegistry {
 public:
  SchemaRegistry(std::string url, io::HttpSettings settings);

  /// Null: the registry does not know the number. Asks it each time.
  Result<std::optional<RegisteredSchema>> by_id(std::int32_t id);

  /// The newest version of the subject. kUser: it has none.
  Result<RegisteredSchema> latest(const std::string& subject);

  /// Its number; the schema becomes the subject's newest version unless it is there already. kUser
  /// when the registry refuses it, as one that readers of the older version could not read.
  Result<std::int32_t> add(const std::string& subject, SchemaLanguage language,
                           const std::string& text);
  /// As add(), and kUser when the subject does not have it yet.
  Result<std::int32_t> find(const std::string& subject, SchemaLanguage language,
                            const std::string& text);

 private:
  Result<io::HttpResponse> ask(const char* method, const std::string& path,
                               const std::string& body) const;
  Result<RegisteredSchema> read(const std::string& body);
  Status read_references(const std::string& list, std::vector<ReferencedSchema>& references,
                         int depth);
  Result<std::int32_t> number_of(const std::string& subject, const std::string& path,
                                 SchemaLanguage language, const std::string& text);

  const std::string url_;
  const std::unique_ptr<io::HttpClient> client_;
  std::map<std::pair<std::string, std::string>, std::int32_t> numbers_;  ///< by subject and text
};

/// The options by which a format finds its registry: `registry`, `registry_user` and so on.
std::vector<OptionSpec> schema_registry_options();

/// The option `subject`, or the topic's name and -value. kUser: neither is there.
Result<std::string> subject_of(const Options& options, const std::string& topic);

/// By those options; null without `registry`. Connects to nothing. kUser errors carry the option's
/// place.
Result<std::unique_ptr<SchemaRegistry>> make_schema_registry(const Options& options);

/// The newest version of the subject that the options name. kUser errors have the place of
/// `registry`.
Result<RegisteredSchema> newest_schema(SchemaRegistry& registry, const Options& options,
                                       const std::string& topic);

/// The schema of values that are written, as their readers find it.
struct WrittenSchema {
  SchemaRegistry* registry = nullptr;  ///< null: values do not name their schema
  std::string subject{};
  SchemaLanguage language = SchemaLanguage::kAvro;
  std::string text{};
  bool adds = true;                      ///< to the registry, where it lacks the schema
  std::optional<std::int32_t> number{};  ///< null: the registry is asked for it

  /// What precedes each value; "" without a registry. Errors as of SchemaRegistry::add.
  Result<std::string> header() const;
};

/// The options `register` and `newest` of formats that write by a registry.
std::vector<OptionSpec> written_schema_options();

/// By the options, of a schema that is `text`; of the subject's newest version when `newest` is not
/// null. kUser: there is no subject.
Result<WrittenSchema> written_schema(SchemaLanguage language, std::string text,
                                     const Options& options, SchemaRegistry* registry,
                                     const std::string& topic, const RegisteredSchema* newest);

/// The newest version, where the option `newest` asks for it, else null. kUser: it goes with one of
/// the options `others`, each of which says something else about the schema; there is no registry.
Result<std::optional<RegisteredSchema>> newest_if_wanted(const Options& options,
                                                         SchemaRegistry* registry,
                                                         const std::string& topic,
                                                         const std::vector<std::string>& others);

/// What precedes a value in Confluent's wire format: a 0 byte and the schema's number, the highest
/// byte first.
inline constexpr std::size_t kSchemaHeaderBytes = 5;

/// The number; null: `payload` has no such header.
std::optional<std::int32_t> schema_number_of(std::string_view payload);
void append_schema_number(std::string& out, std::int32_t number);

}  // namespace sluice::formats
