#include "app/rehearsal/chaos_compare.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include "app/rehearsal/given_value.h"
#include "app/rehearsal/test_compare.h"

namespace sluice::app {
namespace {

using connector::OutputMode;
using Rows = std::vector<const ConfigValue*>;

/// By how much fractions may differ, of the greater one.
constexpr double kToleranceOfDoubles = 1e-9;
constexpr double kToleranceOfReals = 1e-5;

struct Fraction {
  double value = 0;
  double tolerance = 0;
  auto operator<=>(const Fraction& other) const = default;
};

/// A row by what it is compared: its fractions, and all else as a text.
struct Comparable {
  std::string exact;
  std::vector<Fraction> fractions;
  const ConfigValue* row = nullptr;
};

/// Of the fractions in it; 0: it has none.
double tolerance_of(const data::Type& type) {
  const std::string text = type.to_string();
  if (text.find("REAL") != std::string::npos) return kToleranceOfReals;
  return text.find("DOUBLE") != std::string::npos ? kToleranceOfDoubles : 0;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type.
void take_apart(const ConfigValue& value, double tolerance, Comparable& made) {
  using Shape = ConfigValue::Shape;
  if (is_null(value)) {
    made.exact += "null,";
  } else if (value.shape() == Shape::kList) {
    made.exact += "[";
    for (const ConfigValue& item : value.items()) take_apart(item, tolerance, made);
    made.exact += "],";
  } else if (value.shape() == Shape::kMap) {
    for (const ConfigValue::Entry& entry : value.entries()) {
      made.exact += entry.key + ":";
      take_apart(entry.value, tolerance, made);
    }
  } else {
    char* end = nullptr;
    const double number = std::strtod(value.text().c_str(), &end);
    const bool is_number = !value.quoted() && end != value.text().c_str() && *end == '\0';
    made.exact += is_number ? "#," : comparable(value) + ",";
    if (is_number) made.fractions.push_back({number, tolerance});
  }
}

Comparable comparable_row(const ConfigValue& row, const data::Schema& schema,
                          const std::set<std::string>& left_out) {
  Comparable made;
  made.row = &row;
  for (const data::Field& field : schema.fields()) {
    if (left_out.contains(field.name)) continue;
    const ConfigValue* value = row.find(field.name);
    made.exact += field.name + "=";
    if (value == nullptr) {
      made.exact += "null,";
    } else if (const double tolerance = tolerance_of(field.type); tolerance > 0) {
      take_apart(*value, tolerance, made);
    } else {
      made.exact += comparable(*value) + ",";
    }
  }
  return made;
}

bool is_close(const Fraction& one, const Fraction& other) {
  const double greater = std::max(std::abs(one.value), std::abs(other.value));
  return one.value == other.value || std::abs(one.value - other.value) <= one.tolerance * greater;
}

bool is_same(const Comparable& one, const Comparable& other) {
  return std::ranges::equal(one.fractions, other.fractions, is_close);
}

Rows rows_at_end(const KeptTable& table, const End& end) {
  Rows rows;
  if (end.rule == EndRule::kLastBatch) {
    if (table.published.empty()) return rows;
    for (const ConfigValue& row : table.published.back()) rows.push_back(&row);
    return rows;
  }
  std::vector<std::string> key_columns;
  for (const std::string& column : end.key) {
    const int index = table.schema.find(column);
    if (index >= 0) key_columns.push_back(table.schema[static_cast<std::size_t>(index)].name);
  }
  std::map<std::string, const ConfigValue*> newest;
  for (const auto& batch : table.published) {
    for (const ConfigValue& row : batch) {
      if (end.rule == EndRule::kAllRows) {
        rows.push_back(&row);
        continue;
      }
      std::string key;
      for (const std::string& column : key_columns) {
        const ConfigValue* value = row.find(column);
        key += (value == nullptr ? "null" : comparable(*value)) + ",";
      }
      const ConfigValue* deletes = row.find(connector::kDeletesColumn);
      if (deletes != nullptr && deletes->text() == "true") {
        newest.erase(key);
      } else {
        newest[key] = &row;
      }
    }
  }
  for (const auto& [key, row] : newest) rows.push_back(row);
  return rows;
}

std::string shown(const ConfigValue& row, const data::Schema& schema,
                  const std::set<std::string>& left_out) {
  std::vector<std::string> columns;
  for (const data::Field& field : schema.fields()) {
    if (!left_out.contains(field.name)) columns.push_back(field.name);
  }
  return flow_text(with_columns(row, columns));
}

/// Rows come sorted by what they are compared by.
std::vector<Comparable> sorted(const Rows& rows, const data::Schema& schema,
                               const std::set<std::string>& left_out) {
  std::vector<Comparable> made;
  for (const ConfigValue* row : rows) made.push_back(comparable_row(*row, schema, left_out));
  std::ranges::sort(made, [](const Comparable& one, const Comparable& other) {
    if (one.exact != other.exact) return one.exact < other.exact;
    return one.fractions < other.fractions;
  });
  return made;
}

/// Some of what the view reads is the result of an aggregate, whose rows change.
// NOLINTNEXTLINE(misc-no-recursion): as deep as views read each other.
bool reads_result(const sql::ViewPlan& view, const sql::Plan& plan) {
  return std::ranges::any_of(view.inputs, [&](const std::string& input) {
    const sql::ViewPlan* below = plan.find(input);
    if (below == nullptr) return false;
    return below->kind == sql::ViewKind::kAggregate || below->kind == sql::ViewKind::kOverResult ||
           reads_result(*below, plan);
  });
}

}  // namespace

End end_of(const config::SinkEntry& sink, const engine::ExplainedPipeline& planned) {
  const sql::ViewPlan* view = planned.plan.find(sink.from);
  if (sink.mode == OutputMode::kComplete) return {EndRule::kLastBatch};
  if (sink.mode == OutputMode::kUpsert) return {EndRule::kNewest, sink.upsert.columns};
  if (sink.mode == OutputMode::kAppend || view == nullptr) return {EndRule::kAllRows};
  if (view->kind == sql::ViewKind::kAggregate) {
    const auto kept = planned.kept.find(view->name);
    if (kept == planned.kept.end() || kept->second.empty()) return {EndRule::kNotDefined};
    const auto& columns = kept->second.front().key_columns;
    return columns ? End{EndRule::kNewest, *columns} : End{EndRule::kNotDefined};
  }
  const bool changes =
      view->kind == sql::ViewKind::kOverResult || reads_result(*view, planned.plan);
  return {changes ? EndRule::kNotDefined : EndRule::kAllRows};
}

bool writes_changes_of_result(const config::SinkEntry& sink,
                              const engine::ExplainedPipeline& planned) {
  const sql::ViewPlan* view = planned.plan.find(sink.from);
  return sink.mode == OutputMode::kUpdate && view != nullptr &&
         view->kind == sql::ViewKind::kOverResult;
}

std::optional<std::set<std::string>> changing_columns(const KeptTable& one,
                                                      const KeptTable& other) {
  const Rows rows = rows_at_end(one, {EndRule::kAllRows});
  const Rows others = rows_at_end(other, {EndRule::kAllRows});
  const data::Schema& schema = one.schema.size() == 0 ? other.schema : one.schema;
  const auto values = [&](const Rows& of, const std::string& column) {
    std::vector<std::string> texts;
    for (const ConfigValue* row : of) {
      const ConfigValue* value = row->find(column);
      texts.push_back(value == nullptr ? "null" : comparable(*value));
    }
    std::ranges::sort(texts);
    return texts;
  };
  std::set<std::string> changing;
  for (const data::Field& field : schema.fields()) {
    if (values(rows, field.name) != values(others, field.name)) changing.insert(field.name);
  }
  if (difference(one, other, {EndRule::kAllRows}, changing)) return std::nullopt;
  return changing;
}

std::optional<TestDifference> difference(const KeptTable& calm, const KeptTable& wild,
                                         const End& end, const std::set<std::string>& ignored) {
  if (end.rule == EndRule::kNotDefined) return std::nullopt;
  std::set<std::string> left_out = ignored;
  if (end.rule == EndRule::kNewest) left_out.emplace(connector::kDeletesColumn);
  const data::Schema& schema = calm.schema.size() == 0 ? wild.schema : calm.schema;
  const std::vector<Comparable> expected = sorted(rows_at_end(calm, end), schema, left_out);
  const std::vector<Comparable> came = sorted(rows_at_end(wild, end), schema, left_out);
  TestDifference difference;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto is_before = [](const Comparable& one, const Comparable& other) {
    return std::tie(one.exact, one.fractions) < std::tie(other.exact, other.fractions);
  };
  while (i < expected.size() || j < came.size()) {
    const bool both = i < expected.size() && j < came.size();
    if (both && expected[i].exact == came[j].exact && is_same(expected[i], came[j])) {
      ++difference.same;
      ++i;
      ++j;
    } else if (j == came.size() || (both && is_before(expected[i], came[j]))) {
      difference.missing.push_back(shown(*expected[i++].row, schema, left_out));
    } else {
      difference.unexpected.push_back(shown(*came[j++].row, schema, left_out));
    }
  }
  if (difference.missing.empty() && difference.unexpected.empty()) return std::nullopt;
  std::ranges::sort(difference.missing);
  std::ranges::sort(difference.unexpected);
  return difference;
}

}  // namespace sluice::app
