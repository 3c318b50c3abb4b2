#include "app/rerun/shadow_sink.h"

#include <algorithm>
#include <system_error>

#include "base/system_kind.h"

namespace sluice::app {
namespace {

using connector::BatchTable;
using connector::FileRequest;
using connector::OutputMode;
using data::quote_identifier;
using data::quote_literal;
using data::TypeId;

/// Parquet has neither 128-bit integers nor the microseconds of intervals.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type.
data::Type kept_type(const data::Type& type, bool top) {
  switch (type.id()) {
    case TypeId::kHugeint:
      if (!top) return data::Type::decimal(38, 0);
      return TypeId::kVarchar;
    case TypeId::kInterval:
      if (!top) return type;
      return TypeId::kVarchar;
    case TypeId::kStruct: {
      std::vector<data::Field> fields = type.children();
      for (data::Field& field : fields) field.type = kept_type(field.type, false);
      return data::Type::structure(std::move(fields));
    }
    case TypeId::kList:
      return data::Type::list(kept_type(type.children()[0].type, false));
    case TypeId::kMap:
      return data::Type::map(kept_type(type.children()[0].type, false),
                             kept_type(type.children()[1].type, false));
    default:
      return type;
  }
}

data::Schema kept_schema(const data::Schema& schema) {
  data::Schema kept;
  for (const data::Field& field : schema.fields()) {
    kept.add({field.name, kept_type(field.type, true)});
  }
  return kept;
}

/// Names sort as batches do.
std::string prefix_of(data::BatchId batch) {
  const std::string number = std::to_string(batch);
  return std::string(20 - number.size(), '0') + number + "-";
}

}  // namespace

Status ShadowSink::open(const data::Schema& schema, OutputMode mode) {
  is_complete_ = mode == OutputMode::kComplete;
  schema_ = {};
  written_ = {};
  const data::Schema kept = kept_schema(schema);
  for (const data::Field& field : kept.fields()) {
    const data::Schema column({field});
    const bool left_out = std::ranges::any_of(
        upsert_.leave_out, [&](const std::string& name) { return column.find(name) == 0; });
    if (left_out || field.name == connector::kDeletesColumn) continue;
    written_.add(field);
    // Its name does not say what it is: Parquet has its texts.
    const bool is_other = field.type.id() == TypeId::kOther;
    schema_.add({field.name, is_other ? data::Type(TypeId::kVarchar) : field.type});
  }
  is_kept_as_it_is_ = kept == schema;
  return {};
}

Result<connector::Staged> ShadowSink::stage(data::BatchId batch, BatchTable& rows) {
  const std::string prefix = prefix_of(batch);
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  for (const std::string& file : files()) {
    const bool replaced =
        is_complete_ || std::filesystem::path(file).filename().string().starts_with(prefix);
    if (replaced && !problem) std::filesystem::remove(file, problem);
  }
  if (problem) {
    return Error(kind_of_errno(problem.value()),
                 "rows of the shadow: path=" + folder_.string() + ": " + problem.message());
  }
  FileRequest request;
  request.folder = folder_.string();
  request.name_prefix = prefix;
  request.upsert = upsert_;
  connector::Staged staged;
  staged.batch = batch;
  if (!is_kept_as_it_is_) request.columns.schema = written_;
  SLUICE_ASSIGN(const auto files, rows.write_files(request));
  for (const connector::WrittenFile& file : files) {
    staged.rows += file.rows;
    staged.bytes += file.bytes;
  }
  return staged;
}

std::vector<std::string> ShadowSink::files() const {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& file : std::filesystem::directory_iterator(folder_, missing)) {
    names.push_back(file.path().string());
  }
  return names;
}

std::string ShadowSink::rows(const End& end) const {
  std::string columns;
  std::string nothing;
  for (const data::Field& field : schema_.fields()) {
    const std::string name = quote_identifier(field.name);
    columns += (columns.empty() ? "" : ", ") + name;
    nothing += (nothing.empty() ? "" : ", ") + std::string("CAST(NULL AS ") +
               field.type.to_string() + ") AS " + name;
  }
  std::string names;
  for (const std::string& file : files()) {
    names += (names.empty() ? "" : ", ") + quote_literal(file);
  }
  if (names.empty()) return "SELECT " + nothing + " WHERE false";
  const std::string all =
      "read_parquet([" + names +
      "], filename = '__file', union_by_name = true, hive_partitioning = false)";
  if (end.rule != EndRule::kNewest) return "SELECT " + columns + " FROM " + all;
  std::string key;
  for (const std::string& name : end.key) key += (key.empty() ? "" : ", ") + quote_identifier(name);
  return "SELECT " + columns + " FROM (FROM " + all + " QUALIFY row_number() OVER (" +
         (key.empty() ? "" : "PARTITION BY " + key) +
         " ORDER BY __file DESC) = 1) WHERE NOT contains(parse_filename(__file), '-deletes-')";
}

}  // namespace sluice::app
