#include "lake/write_support.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice::lake {
namespace {

constexpr char kElsewhere[] = "; write to another path, or let the table's own engine write";

/// What adding and removing files keeps true. `columnMapping`, `invariants`, `checkConstraints` and
/// the like count when they are in use only, which is looked at by itself.
constexpr std::string_view kKept[] = {
    "allowColumnDefaults", "appendOnly",         "catalogManaged",  "changeDataFeed",
    "checkConstraints",    "clustering",         "columnMapping",   "deletionVectors",
    "domainMetadata",      "generatedColumns",   "identityColumns", "inCommitTimestamp",
    "invariants",          "rowTracking",        "timestampNtz",    "typeWidening",
    "v2Checkpoint",        "vacuumProtocolCheck"};

/// Features that have words of their own in people's SQL.
struct Named {
  std::string_view mark;
  std::string_view words;
};

/// Metadata of fields that asks something of a writer.
constexpr Named kFieldMetadata[] = {{"\"delta.generationExpression\"", "generated columns"},
                                    {"\"delta.identity.", "identity columns"},
                                    {"\"CURRENT_DEFAULT\"", "column defaults"},
                                    {"\"delta.invariants\"", "column invariants"}};

Error refuse(const std::string& what) {
  return user_error("the Delta table has " + what + ", which sluice cannot write" + kElsewhere);
}

Status check_constraints(const TableState& state) {
  for (const auto& [name, condition] : state.configuration) {
    constexpr std::string_view kPrefix = "delta.constraints.";
    if (!name.starts_with(kPrefix)) continue;
    return refuse("the CHECK constraint " + name.substr(kPrefix.size()) + " (" + condition + ")");
  }
  return {};
}

}  // namespace

Status check_writable(const TableState& state) {
  SLUICE_TRY(check_constraints(state));
  for (const auto& [mark, words] : kFieldMetadata) {
    if (state.schema_json.find(mark) != std::string::npos) return refuse(std::string(words));
  }
  for (const char* mark :
       {R"("type":"void")", R"("elementType":"void")", R"("valueType":"void")"}) {
    if (state.schema_json.find(mark) != std::string::npos) return refuse("a column of type void");
  }
  const auto mapping = state.configuration.find("delta.columnMapping.mode");
  if (mapping != state.configuration.end() && mapping->second != "none" &&
      mapping->second != "name" && mapping->second != "id") {
    return refuse("the column mapping mode " + mapping->second);
  }
  for (const std::string& feature : state.features) {
    if (std::ranges::find(kKept, feature) == std::end(kKept)) {
      return refuse("the feature " + feature);
    }
  }
  if (state.min_writer_version > 7) {
    return refuse("minWriterVersion=" + std::to_string(state.min_writer_version));
  }
  return {};
}

}  // namespace sluice::lake
