#include "app/rehearsal/test_compare.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "app/rehearsal/given_value.h"
#include "base/nearest.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;

bool same_name(const std::string& left, const std::string& right) {
  return data::Schema({{left, data::TypeId::kVarchar}}).find(right) == 0;
}

class Comparison {
 public:
  Comparison(const TestCase& test, const std::vector<CameStep>& came) : test_(test), came_(came) {}

  Result<std::vector<TestDifference>> make() {
    for (std::size_t i = 0; i < test_.steps.size(); ++i) {
      const TestStep& step = test_.steps[i];
      const std::string batch = "batch " + std::to_string(i + 1);
      for (const std::string& sink : sinks()) {
        SLUICE_TRY(add(batch + ", sink " + sink, sink, step, step.expect, came_[i].sinks));
      }
      std::set<std::string> sources;
      for (const auto& [source, rows] : step.dead_letters) sources.insert(source);
      for (const auto& [source, rows] : came_[i].dead_letters) sources.insert(source);
      for (const std::string& source : sources) {
        SLUICE_TRY(add(batch + ", dead letters of " + source, source, step, step.dead_letters,
                       came_[i].dead_letters));
      }
      for (const auto& [view, expected] : step.late) add_late(batch, view, expected, came_[i]);
    }
    return std::move(differences_);
  }

 private:
  /// Those that the test speaks of.
  std::set<std::string> sinks() const {
    std::set<std::string> names;
    for (const TestStep& step : test_.steps) {
      for (const auto& [sink, rows] : step.expect) names.insert(sink);
    }
    return names;
  }

  Status add(const std::string& what, const std::string& name, const TestStep& step,
             const RowsByName& expected, const std::map<std::string, CameRows>& came) {
    static const ConfigValue kNothing;
    static const CameRows kNoRows;
    const auto wished = expected.find(name);
    const auto found = came.find(name);
    const ConfigValue& rows = wished == expected.end() ? kNothing : wished->second;
    const CameRows& got = found == came.end() ? kNoRows : found->second;
    std::vector<std::string> columns;
    if (!rows.items().empty() && found != came.end()) {
      SLUICE_ASSIGN(columns, named_columns(rows, got.schema, name));
    } else if (rows.items().empty()) {
      for (const data::Field& field : got.schema.fields()) columns.push_back(field.name);
    }
    TestDifference difference;
    difference.what = what;
    difference.place = (wished == expected.end() ? step.location : rows.location()).to_string();
    // How often each row is expected, less how often it came.
    std::multimap<std::string, std::string> missing;
    for (const ConfigValue& row : rows.items()) {
      if (row.shape() != Shape::kMap)
        return row.error("a row is a map of columns: {column: value}");
      const ConfigValue shown = columns.empty() ? row : with_columns(row, columns);
      missing.emplace(comparable(shown), flow_text(shown));
    }
    for (const ConfigValue& row : got.rows) {
      const ConfigValue shown = with_columns(row, columns);
      const auto expected_row = missing.find(comparable(shown));
      if (expected_row != missing.end()) {
        missing.erase(expected_row);
        ++difference.same;
      } else {
        difference.unexpected.push_back(flow_text(shown));
      }
    }
    for (auto& [key, text] : missing) difference.missing.push_back(std::move(text));
    if (difference.missing.empty() && difference.unexpected.empty()) return {};
    std::ranges::sort(difference.missing);
    std::ranges::sort(difference.unexpected);
    differences_.push_back(std::move(difference));
    return {};
  }

  void add_late(const std::string& batch, const std::string& view,
                const std::pair<std::int64_t, Location>& expected, const CameStep& came) {
    const auto found = came.late.find(view);
    const std::int64_t late = found == came.late.end() ? 0 : found->second;
    if (late == expected.first) return;
    differences_.push_back({.what = batch + ", late rows of view " + view,
                            .place = expected.second.to_string(),
                            .missing = {std::to_string(expected.first)},
                            .unexpected = {std::to_string(late)}});
  }

  const TestCase& test_;
  const std::vector<CameStep>& came_;
  std::vector<TestDifference> differences_;
};

}  // namespace

Result<std::vector<TestDifference>> compare(const TestCase& test,
                                            const std::vector<CameStep>& came) {
  return Comparison(test, came).make();
}

Result<std::vector<std::string>> named_columns(const ConfigValue& expected,
                                               const data::Schema& schema,
                                               const std::string& name) {
  std::vector<bool> is_named(schema.size(), false);
  for (const ConfigValue& row : expected.items()) {
    if (row.shape() != Shape::kMap) return row.error("a row is a map of columns: {column: value}");
    for (const ConfigValue::Entry& entry : row.entries()) {
      const int index = schema.find(entry.key);
      if (index >= 0) {
        is_named[static_cast<std::size_t>(index)] = true;
        continue;
      }
      std::vector<std::string> names;
      for (const data::Field& field : schema.fields()) names.push_back(field.name);
      const std::string guess = did_you_mean(entry.key, names);
      return ConfigValue::null(entry.key_location)
          .error("'" + name + "' gets no column '" + entry.key + "'" +
                 (guess.empty() ? "; it gets " + schema.to_string() : guess));
    }
  }
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (is_named[i]) columns.push_back(schema[i].name);
  }
  return columns;
}

ConfigValue with_columns(const ConfigValue& row, const std::vector<std::string>& columns) {
  std::vector<ConfigValue::Entry> entries;
  for (const std::string& column : columns) {
    ConfigValue::Entry entry{column, row.location(), ConfigValue::null(row.location())};
    for (const ConfigValue::Entry& given : row.entries()) {
      if (same_name(given.key, column)) entry.value = given.value;
    }
    entries.push_back(std::move(entry));
  }
  return ConfigValue::map(std::move(entries), row.location());
}

}  // namespace sluice::app
