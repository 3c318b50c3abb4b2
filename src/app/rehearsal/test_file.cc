#include "app/rehearsal/test_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/nearest.h"
#include "base/timestamp_text.h"
#include "config/file_text.h"
#include "config/test_keys.h"
#include "config/yaml.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;

Result<std::string> default_pipeline(const std::string& path) {
  for (const std::string_view ending : {".test.yaml", ".test.yml"}) {
    if (!path.ends_with(ending)) continue;
    const std::string stem = path.substr(0, path.size() - ending.size());
    for (const char* other : {".yaml", ".yml"}) {
      std::error_code ignored;
      if (std::filesystem::exists(stem + other, ignored)) return stem + other;
    }
    return user_error(path + ": there is no " + stem +
                      ".yaml that these tests would be of; name the pipeline's file: "
                      "pipeline: FILE");
  }
  return user_error(path + ": does not say which pipeline it is of: pipeline: FILE");
}

bool is_pipeline_file(const ConfigValue& tree) {
  return tree.find("sources") != nullptr || tree.find("tables") != nullptr;
}

/// Of a pipeline file, its tests.
ConfigValue tests_alone(const ConfigValue& tree) {
  std::vector<ConfigValue::Entry> tests;
  for (const ConfigValue::Entry& entry : tree.entries()) {
    if (entry.key == "tests") tests.push_back(entry);
  }
  return ConfigValue::map(std::move(tests), tree.location());
}

/// A map of lists of rows.
Result<RowsByName> rows_by_name(const ConfigValue& given, const std::string& what) {
  RowsByName rows;
  if (given.shape() == Shape::kNull) return rows;
  if (given.shape() != Shape::kMap) {
    return given.error("'" + what + "' is a map of names, each with a list of rows");
  }
  for (const ConfigValue::Entry& entry : given.entries()) {
    if (entry.value.shape() != Shape::kList && entry.value.shape() != Shape::kNull) {
      return entry.value.error("the rows of '" + entry.key + "' are a list: - {column: value}");
    }
    rows[entry.key] = entry.value;
  }
  return rows;
}

Result<RowsByName> rows_option(const Options& options, const std::string& name) {
  if (!options.has(name)) return RowsByName();
  return rows_by_name(options.value(name), name);
}

Result<TestStep> read_step(const ConfigValue& given) {
  TestStep step;
  step.location = given.location();
  step.value = given;
  SLUICE_ASSIGN(const Options options,
                Options::validate(config::test_batch_keys(), given, "a batch of a test"));
  if (options.has("at")) {
    const auto milliseconds = parse_timestamp_ms(options.text("at"));
    if (!milliseconds) {
      return options.value("at").error("'at' is a time in UTC, such as 2024-05-01 12:00:00");
    }
    step.at = *milliseconds * 1000;
  }
  SLUICE_ASSIGN(step.rows, rows_option(options, "rows"));
  SLUICE_ASSIGN(step.expect, rows_option(options, "expect"));
  SLUICE_ASSIGN(step.dead_letters, rows_option(options, "dead_letters"));
  if (!options.has("late")) return step;
  const ConfigValue& late = options.value("late");
  if (late.shape() != Shape::kMap)
    return late.error("'late' is a map of views and numbers of rows");
  for (const ConfigValue::Entry& entry : late.entries()) {
    const std::string& text = entry.value.text();
    const bool is_number = entry.value.shape() == Shape::kScalar && !text.empty() &&
                           text.size() < 10 &&
                           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return entry.value.error("the number of late rows is an integer");
    step.late[entry.key] = {std::stoll(text), entry.value.location()};
  }
  return step;
}

Result<TestCase> read_test(const ConfigValue::Entry& entry) {
  TestCase test;
  test.name = entry.key;
  test.location = entry.key_location;
  SLUICE_ASSIGN(const Options options,
                Options::validate(config::test_keys(), entry.value, "test '" + entry.key + "'"));
  if (options.has("var")) test.variables = options.text_map("var");
  SLUICE_ASSIGN(test.tables, rows_option(options, "tables"));
  const ConfigValue& batches = options.value("batches");
  if (batches.shape() != Shape::kList || batches.items().empty()) {
    return batches.error("'batches' is a list of batches: - rows: {source: [...]}");
  }
  for (const ConfigValue& item : batches.items()) {
    SLUICE_ASSIGN(TestStep step, read_step(item));
    test.steps.push_back(std::move(step));
  }
  return test;
}

/// A name of `rows` that is none of `known`.
Status check_known(const RowsByName& rows, const std::vector<std::string>& known,
                   const std::string& sort, const config::PipelineFile& pipeline) {
  for (const auto& [name, value] : rows) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string list;
    for (const std::string& one : known) list += (list.empty() ? "; it has " : ", ") + one;
    const std::string guess = did_you_mean(name, known);
    return value.error(pipeline.path + " has no " + sort + " '" + name + "'" +
                       (guess.empty() ? list : guess));
  }
  return {};
}

}  // namespace

Result<bool> has_own_tests(const std::string& path) {
  auto text = config::read_text_file(path, config::kYamlBytesMax);
  if (!text) return std::move(text).error().with(path);
  // Most files need not be parsed for it.
  if (!text->starts_with("tests:") && text->find("\ntests:") == std::string::npos) return false;
  SLUICE_ASSIGN(const ConfigValue tree, config::parse_yaml(*text, path));
  return is_pipeline_file(tree) && tree.find("tests") != nullptr;
}

bool TestCase::names_sink(const std::string& sink) const {
  return std::ranges::any_of(steps,
                             [&](const TestStep& step) { return step.expect.contains(sink); });
}

Result<TestFile> read_test_file(const std::string& path) {
  auto text = config::read_text_file(path, config::kYamlBytesMax);
  if (!text) return std::move(text).error().with(path);
  return parse_test_file(*std::move(text), path);
}

Result<TestFile> parse_test_file(std::string text, const std::string& path) {
  TestFile file;
  file.path = path;
  file.text = std::move(text);
  SLUICE_ASSIGN(ConfigValue tree, config::parse_yaml(file.text, path));
  const bool is_pipeline = is_pipeline_file(tree);
  if (is_pipeline) tree = tests_alone(tree);
  SLUICE_ASSIGN(const Options options,
                Options::validate(config::test_file_keys(), tree, "the file of tests"));
  if (is_pipeline) {
    file.pipeline = path;
  } else if (options.has("pipeline")) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    file.pipeline = (folder / options.text("pipeline")).string();
  } else {
    SLUICE_ASSIGN(file.pipeline, default_pipeline(path));
  }
  if (options.has("var")) file.variables = options.text_map("var");
  if (options.has("columns")) {
    const ConfigValue& columns = options.value("columns");
    if (columns.shape() != Shape::kMap) {
      return columns.error("'columns' is a map of sources and tables: orders: {id: BIGINT}");
    }
    for (const ConfigValue::Entry& entry : columns.entries()) file.columns[entry.key] = entry.value;
  }
  const ConfigValue& tests = options.value("tests");
  if (tests.shape() != Shape::kMap || tests.entries().empty()) {
    return tests.error("'tests' is a map of tests by name: late_rows_are_dropped: {batches: ...}");
  }
  for (const ConfigValue::Entry& entry : tests.entries()) {
    SLUICE_ASSIGN(TestCase test, read_test(entry));
    file.tests.push_back(std::move(test));
  }
  return file;
}

Status check_names(const TestFile& file, const TestCase& test,
                   const config::PipelineFile& pipeline) {
  std::vector<std::string> sources;
  std::vector<std::string> tables;
  std::vector<std::string> sinks;
  std::vector<std::string> views;
  for (const auto& source : pipeline.sources) sources.push_back(source.name);
  for (const auto& table : pipeline.tables) tables.push_back(table.source.name);
  for (const auto& sink : pipeline.sinks) sinks.push_back(sink.name);
  for (const auto& view : pipeline.views) views.push_back(view.name);
  SLUICE_TRY(check_known(test.tables, tables, "table", pipeline));
  for (const std::string& table : tables) {
    if (test.tables.contains(table)) continue;
    return ConfigValue::null(test.location)
        .error("test '" + test.name + "' has no rows of the table '" + table +
               "', which the pipeline reads; give them: tables: {" + table +
               ": [...]}, where [] is none");
  }
  std::vector<std::string> both = sources;
  both.insert(both.end(), tables.begin(), tables.end());
  SLUICE_TRY(check_known(file.columns, both, "source or table", pipeline));
  for (const TestStep& step : test.steps) {
    SLUICE_TRY(check_known(step.rows, sources, "source", pipeline));
    SLUICE_TRY(check_known(step.expect, sinks, "sink", pipeline));
    SLUICE_TRY(check_known(step.dead_letters, sources, "source", pipeline));
    RowsByName late;
    for (const auto& [name, given] : step.late) late[name] = ConfigValue::null(given.second);
    SLUICE_TRY(check_known(late, views, "view", pipeline));
  }
  return {};
}

}  // namespace sluice::app
