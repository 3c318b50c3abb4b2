#include "app/transfer/inferred_columns.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "connector/local_copies.h"
#include "sql/functions/open_database.h"
#include "sql/scan/path_literal.h"

namespace sluice::app {
namespace {

using data::TypeId;

/// Of the sample of a larger file.
constexpr const char* kSampleRows = " LIMIT 20480";
/// More significant digits than every DOUBLE keeps.
constexpr const char* kLongNumber = "[1-9](\\.?[0-9]){15,}";
/// What sniff_csv says of a character that there is none of.
constexpr const char* kNone = "(empty)";

bool is_hidden(const std::string& path) {
  const std::string name = io::file_name(path);
  return name.starts_with('.') || name.starts_with('_');
}

/// A file of the path: itself, the first of a folder or of a pattern.
Result<io::FileInfo> first_file(const std::string& path, io::FileSystem& files,
                                sql::Session& session) {
  SLUICE_ASSIGN(const auto there, files.find(path));
  if (there && !there->is_folder) return *there;
  if (there) {
    SLUICE_ASSIGN(const auto listed, files.list(path, /*recursive=*/false));
    for (const io::FileInfo& file : listed) {
      if (!is_hidden(file.path) && file.bytes > 0) return file;
    }
    return user_error(path + ": the folder has no file to see columns in; give them with --schema");
  }
  if (!files.is_local(path)) {
    return user_error(path +
                      ": what matches a pattern in a store is not looked at; give the "
                      "columns with --schema");
  }
  SLUICE_ASSIGN(const auto first,
                session.value("SELECT min(file) FROM glob(" + data::quote_literal(path) + ")"));
  if (!first) return user_error("no file matches '" + path + "'");
  return files.stat(*first);
}

/// Whether few tables have the type: what looks like one stays the text that it is.
bool stays_text(const data::Type& type) {
  static constexpr std::array kRare = {TypeId::kOther, TypeId::kTime, TypeId::kUuid,
                                       TypeId::kInterval};
  return std::ranges::find(kRare, type.id()) != kRare.end() ||
         std::ranges::any_of(type.children(),
                             [](const auto& field) { return stays_text(field.type); });
}

/// What DuckDB says before it shows SQL that is not the user's.
std::string first_line(const std::string& message) { return message.substr(0, message.find('\n')); }

class Inference {
 public:
  Inference(sql::Session& session, std::string file, bool whole)
      : session_(session), file_(std::move(file)), whole_(whole) {}

  Status csv() {
    const std::string arguments = "(" + sql::path_literal(file_) + sample() + ")";
    SLUICE_ASSIGN(const sql::Rows sniffed,
                  session_.query("SELECT Delimiter, Quote, HasHeader, DateFormat, TimestampFormat "
                                 "FROM sniff_csv" +
                                 arguments));
    const auto text = [&](std::size_t column) { return sniffed.values[0][column].value_or(""); };
    SLUICE_ASSIGN(schema_, session_.describe("SELECT * FROM read_csv" + arguments));
    add("delimiter", text(0) == kNone ? "," : text(0), ",");
    add("quote", text(1) == kNone ? "\"" : text(1), "\"");
    if (text(2) != "true") {
      options_.push_back({"header", {}, ConfigValue::scalar("false", /*quoted=*/false, {})});
    }
    // Of times that are written in another way than ISO 8601 the text is kept.
    keep_text(TypeId::kDate, text(3), "%Y-%m-%d");
    keep_text(TypeId::kTimestamp, text(4), "%Y-%m-%d %H:%M:%S");
    return keep_other_texts(text(0) == kNone ? "," : text(0), text(2));
  }

  Status json() {
    SLUICE_ASSIGN(schema_, session_.describe("SELECT * FROM read_json(" + sql::path_literal(file_) +
                                             sample() + ", format = 'newline_delimited')"));
    return keep_long_numbers();
  }

  InferredColumns finish(std::string shown) {
    InferredColumns made;
    for (const data::Field& field : schema_.fields()) {
      made.schema.add({field.name, stays_text(field.type) ? TypeId::kVarchar : field.type});
    }
    made.options = std::move(options_);
    made.file = std::move(shown);
    return made;
  }

 private:
  std::string sample() const { return whole_ ? ", sample_size = -1" : ""; }

  void add(const char* name, const std::string& value, const char* unless) {
    if (value != unless) options_.push_back(connector::address_option(name, value));
  }

  void keep_text(TypeId id, const std::string& format, const std::string& iso) {
    if (format.empty() || format.starts_with(iso)) return;
    data::Schema schema;
    for (data::Field field : schema_.fields()) {
      if (field.type.id() == id) field.type = TypeId::kVarchar;
      schema.add(std::move(field));
    }
    schema_ = std::move(schema);
  }

  /// SQL that is true for texts of a column that mean the same to a pipeline as to DuckDB; "": all
  /// do.
  static std::string same_meaning(const data::Field& field) {
    const std::string text = data::quote_identifier(field.name);
    switch (field.type.id()) {
      case TypeId::kDate:  // not 2024-5-1
      case TypeId::kTimestamp:
      case TypeId::kTimestampTz:
        return "regexp_matches(" + text + ", '^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]|$)')";
      case TypeId::kDouble:  // nor a number that loses digits
        return "NOT regexp_matches(" + text + ", '" + kLongNumber + "')";
      default:
        return "";
    }
  }

  /// Columns whose texts would not mean the same stay texts.
  Status keep_other_texts(const std::string& delimiter, const std::string& header) {
    std::string checks;
    std::vector<std::size_t> checked;
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      const std::string check = same_meaning(schema_[i]);
      if (check.empty()) continue;
      checks += (checked.empty() ? "" : ", ") + ("bool_and(" + check + ")");
      checked.push_back(i);
    }
    return keep_where_not(checks, checked,
                          "read_csv(" + sql::path_literal(file_) +
                              ", all_varchar = true, delim = " + data::quote_literal(delimiter) +
                              ", header = " + header + ")");
  }

  /// As above of JSON, whose other types are what they are written as.
  Status keep_long_numbers() {
    std::string checks;
    std::string columns;
    std::vector<std::size_t> checked;
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      if (!has_double(schema_[i].type)) continue;
      const std::string& name = schema_[i].name;
      columns += (checked.empty() ? "" : ", ") + data::quote_literal(name) + ": 'JSON'";
      // What is within quotes is not a number.
      checks += (checked.empty() ? "" : ", ") +
                ("bool_and(NOT regexp_matches(regexp_replace(CAST(" + data::quote_identifier(name) +
                 " AS VARCHAR), '\"([^\"\\\\]|\\\\.)*\"', '', 'g'), '") +
                kLongNumber + "'))";
      checked.push_back(i);
    }
    return keep_where_not(checks, checked,
                          "read_json(" + sql::path_literal(file_) + ", columns = {" + columns +
                              "}, format = 'newline_delimited')");
  }

  static bool has_double(const data::Type& type) {
    return type.id() == TypeId::kDouble ||
           std::ranges::any_of(type.children(),
                               [](const auto& field) { return has_double(field.type); });
  }

  /// Columns of `from` whose one of `checks` is not true stay texts.
  Status keep_where_not(const std::string& checks, const std::vector<std::size_t>& checked,
                        const std::string& from) {
    if (checked.empty()) return {};
    SLUICE_ASSIGN(const sql::Rows fit, session_.query("SELECT " + checks + " FROM (FROM " + from +
                                                      (whole_ ? "" : kSampleRows) + ")"));
    std::vector<data::Field> fields = schema_.fields();
    for (std::size_t i = 0; i < checked.size(); ++i) {
      if (fit.values[0][i].value_or("true") != "true") fields[checked[i]].type = TypeId::kVarchar;
    }
    schema_ = data::Schema(std::move(fields));
    return {};
  }

  sql::Session& session_;
  const std::string file_;
  const bool whole_;
  data::Schema schema_;
  connector::AddressOptions options_;
};

}  // namespace

Result<InferredColumns> infer_columns(const std::string& format, const std::string& path,
                                      const connector::Context& context) {
  SLUICE_ASSIGN(const auto database, sql::open_database("", {}));
  SLUICE_ASSIGN(const auto session, database->connect());
  SLUICE_ASSIGN(const io::FileInfo file, first_file(path, context.files, *session));
  if (file.bytes == 0) {
    return user_error(file.path + " is empty; give its columns with --schema");
  }
  connector::LocalCopies copies(context);
  SLUICE_ASSIGN(const std::string local, copies.add(file.path, file.bytes, file.modified));
  Inference inference(*session, local, file.bytes <= static_cast<std::uint64_t>(kWholeBytesMax));
  if (auto done = format == "csv" ? inference.csv() : inference.json(); !done) {
    return user_error(file.path + ": its columns cannot be seen; give them with --schema: " +
                      first_line(done.error().message()));
  }
  return inference.finish(file.path);
}

}  // namespace sluice::app
