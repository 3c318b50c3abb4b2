#include "sql/view/cast_check.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/json.h"
#include "data/type.h"
#include "sql/tree/binder_message.h"
#include "sql/view/json_casts.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

constexpr std::string_view kZoned = "TIMESTAMP WITH TIME ZONE";

/// The basic types in a type, in order: of a struct those of its fields.
void add_basic_types(const Json& type, std::vector<std::string>& out) {
  if (!type.is_structured()) return;
  const Json info = type.is_object() ? type.value("type_info", Json()) : Json();
  if (type.is_object() && type.contains("id") && !info.is_object()) {
    out.push_back(type["id"].get<std::string>());
    return;
  }
  for (const Json& part : info.is_object() ? info : type) add_basic_types(part, out);
}

bool is_naive(const std::string& type) { return type.starts_with("TIMESTAMP") && type != kZoned; }

/// Whether a cast between the types gives or takes a time zone.
bool crosses_zones(const Json& from, const Json& to) {
  std::vector<std::string> sources;
  std::vector<std::string> targets;
  add_basic_types(from, sources);
  add_basic_types(to, targets);
  for (std::size_t i = 0; i < std::min(sources.size(), targets.size()); ++i) {
    if (is_naive(sources[i]) && targets[i] == kZoned) return true;
    if (sources[i] == kZoned && is_naive(targets[i])) return true;
  }
  return false;
}

/// DuckDB's number for no place is out of range of any text.
std::uint64_t place_of(const Json& node) {
  return node.is_object() ? node.value("query_location", UINT64_MAX) : UINT64_MAX;
}

/// The types of the casts in a statement, by place.
using WrittenCasts = std::map<std::uint64_t, std::string>;

void read_casts(const Json& tree, WrittenCasts& casts) {
  if (!tree.is_structured()) return;
  if (is_class(tree, "CAST")) casts[place_of(tree)] = tree["cast_type"].value("id", "");
  for (const Json& child : tree) read_casts(child, casts);
}

/// The type of a bound expression; null for those that are never a time.
Json type_of_bound(const Json& expression) {
  if (expression.contains("return_type")) return expression["return_type"];
  return expression.contains("value") ? expression["value"].value("type", Json()) : Json();
}

/// The first place in the expression that is known.
std::uint64_t first_place(const Json& expression) {
  const std::uint64_t place = place_of(expression);
  if (place != UINT64_MAX || !expression.is_structured()) return place;
  for (const Json& child : expression) {
    if (const std::uint64_t found = first_place(child); found != UINT64_MAX) return found;
  }
  return UINT64_MAX;
}

/// Looks through a bound plan for the first cast between zones that nobody wrote; null: there is
/// none. What comes before `begin` is not the user's.
const Json* find_mix(const Json& node, std::uint64_t begin, const WrittenCasts& casts) {
  if (!node.is_structured()) return nullptr;
  if (node.is_object() && node.value("expression_class", "") == "BOUND_CAST" &&
      crosses_zones(type_of_bound(node["child"]), node["return_type"])) {
    const auto written = casts.find(place_of(node));
    const bool explicit_cast =
        written != casts.end() && written->second == node["return_type"].value("id", "");
    if (!explicit_cast && first_place(node) >= begin) return &node;
  }
  for (const Json& child : node) {
    if (const Json* found = find_mix(child, begin, casts)) return found;
  }
  return nullptr;
}

/// The first cast in a bound plan that takes decimals out of JSON; null: there is none.
const Json* find_lossy(const Json& node, std::uint64_t begin) {
  if (!node.is_structured()) return nullptr;
  if (node.is_object() && node.value("expression_class", "") == "BOUND_CAST" &&
      loses_digits(node) && first_place(node) >= begin) {
    return &node;
  }
  for (const Json& child : node) {
    if (const Json* found = find_lossy(child, begin)) return found;
  }
  return nullptr;
}

std::string advice(const Json& cast) {
  const Json& child = cast["child"];
  if (child.value("expression_class", "") == "BOUND_CAST" &&
      child["child"].value("expression_class", "") == "BOUND_CONSTANT") {
    return "write the constant as TIMESTAMPTZ '...'";
  }
  const std::string alias = child.value("alias", "");
  const std::string name = alias.empty() ? "ts" : alias;
  return "say which zone it is in: " + name + " AT TIME ZONE 'UTC', or CAST(" + name +
         " AS TIMESTAMPTZ) for the pipeline's timezone";
}

/// Places in the body of a macro are those of its definition: less than this.
constexpr std::size_t kMacroBytesMax = 65536;

/// WITH that puts relations without rows in the place of `inputs`, so that casts in the views below
/// do not show.
Result<std::string> stand_ins(Session& session, const std::vector<std::string>& inputs) {
  std::string text;
  for (const std::string& input : inputs) {
    SLUICE_ASSIGN(const data::Schema schema,
                  session.describe("SELECT * FROM " + quote_identifier(input)));
    std::string columns;
    for (const data::Field& field : schema.fields()) {
      columns += (columns.empty() ? "" : ", ") + ("CAST(NULL AS " + field.type.to_string() +
                                                  ") AS " + quote_identifier(field.name));
    }
    text +=
        (text.empty() ? "WITH " : ", ") + quote_identifier(input) + " AS (SELECT " + columns + ")";
  }
  return text + std::string(kMacroBytesMax, ' ');
}

Result<Json> json_of(Session& session, const std::string& function, const std::string& statement) {
  SLUICE_ASSIGN(const auto text, session.call(function, statement));
  Json answer = parse_json(text.value_or(""));
  if (answer.is_discarded() || answer.value("error", true)) {
    return internal_error(function + " failed: " + text.value_or(""));
  }
  return answer;
}

}  // namespace

Status check_casts(Session& session, const ViewSql& view, const std::vector<std::string>& inputs) {
  SLUICE_ASSIGN(std::string before, stand_ins(session, inputs));
  before += "SELECT * FROM (";
  const std::string statement = view.statement();
  const std::string whole = before + statement + "\n)";
  SLUICE_ASSIGN(const Json plan, json_of(session, "json_serialize_plan", whole));
  SLUICE_ASSIGN(const Json tree, json_of(session, "json_serialize_sql", whole));
  WrittenCasts casts;
  read_casts(tree, casts);
  const auto refuse = [&](const Json& cast, const std::string& why) {
    const std::uint64_t found = first_place(cast);
    std::uint64_t offset = found == UINT64_MAX ? 0 : found - before.size();
    if (!view.is_as_written()) offset = find_as_written(statement, offset, view.text().sql);
    return view.error(Json{{"query_location", offset}}, why);
  };
  if (const Json* lossy = find_lossy(plan, before.size())) {
    return refuse(*lossy, lost_digits(*lossy));
  }
  const Json* cast = find_mix(plan, before.size(), casts);
  if (cast == nullptr) return {};
  return refuse(
      *cast,
      "a TIMESTAMP, which has no zone, meets a TIMESTAMPTZ and would silently take on the "
      "pipeline's timezone; " +
          advice(*cast));
}

}  // namespace sluice::sql
