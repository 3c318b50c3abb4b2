#include "sluice/tests.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

#include "app/composition/composition.h"
#include "app/rehearsal/chaos.h"
#include "app/rehearsal/test_compare.h"
#include "app/rehearsal/test_file.h"
#include "app/rehearsal/test_run.h"
#include "app/rehearsal/test_update.h"
#include "base/border.h"
#include "base/secret_name.h"
#include "base/shell_word.h"
#include "io/file_system.h"

namespace sluice {
namespace {

bool is_test_file(const std::string& name) {
  return name.ends_with(".test.yaml") || name.ends_with(".test.yml");
}

/// Whether it is YAML, and a pipeline with tests in it; what cannot be read is none.
bool is_tested_pipeline(const std::string& path) {
  if (!path.ends_with(".yaml") && !path.ends_with(".yml")) return false;
  const auto found = app::has_own_tests(path);
  return found && *found;
}

/// Those of a folder and below, but not in hidden ones.
Status add_folder(const std::string& folder, std::set<std::string>& found) {
  std::error_code problem;
  std::filesystem::recursive_directory_iterator entries(folder, problem);
  for (; !problem && entries != std::filesystem::recursive_directory_iterator();
       entries.increment(problem)) {
    const std::string name = entries->path().filename().string();
    std::error_code ignored;
    if (entries->is_directory(ignored)) {
      if (name.starts_with('.')) entries.disable_recursion_pending();
    } else if (is_test_file(name) || is_tested_pipeline(entries->path().string())) {
      found.insert(entries->path().lexically_normal().string());
    }
  }
  if (problem) return user_error(folder + ": cannot be read: " + problem.message());
  return {};
}

/// Those in a pipeline's file, and in the one beside it.
Result<std::vector<std::string>> tests_of(const std::string& path) {
  const std::filesystem::path file(path);
  std::vector<std::string> found;
  SLUICE_ASSIGN(const bool has_own, app::has_own_tests(path));
  if (has_own) found.push_back(path);
  for (const char* ending : {".test.yaml", ".test.yml"}) {
    const std::string beside = (file.parent_path() / (file.stem().string() + ending)).string();
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) found.push_back(beside);
  }
  if (!found.empty()) return found;
  return user_error(path + ": has no tests: there is no " + file.stem().string() +
                    ".test.yaml beside it, and no 'tests:' in it");
}

class TestFileRun {
 public:
  TestFileRun(const TestRequest& request, const std::function<void(const TestOutcome&)>& report,
              std::stop_token stop)
      : request_(request), report_(report), stop_(std::move(stop)) {}

  Status run() {
    SLUICE_ASSIGN(file_, app::read_test_file(request_.path));
    std::vector<app::CameTest> updated;
    std::vector<TestOutcome> outcomes;
    for (const app::TestCase& test : file_.tests) {
      if (test.name.find(request_.name) == std::string::npos) continue;
      const auto start = std::chrono::steady_clock::now();
      TestOutcome outcome{.file = file_.path, .name = test.name};
      outcome.place = test.location.to_string();
      auto came = run_one(test, outcome);
      if (!came) return std::move(came).error();
      outcome.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                std::chrono::steady_clock::now() - start)
                                .count();
      if (!request_.update) {
        report_(outcome);
        continue;
      }
      if (!outcome.differences.empty()) updated.push_back({&test, std::move(came->steps)});
      outcomes.push_back(std::move(outcome));
    }
    if (!request_.update) return {};
    if (!updated.empty()) {
      SLUICE_ASSIGN(const std::string text, app::updated_text(file_, updated));
      SLUICE_TRY(io::make_local_file_system()->write_atomic(file_.path, text));
    }
    for (TestOutcome& outcome : outcomes) {
      outcome.is_updated = !outcome.differences.empty();
      outcome.differences.clear();
      report_(outcome);
    }
    return {};
  }

 private:
  /// What came; an error of the run itself is the outcome's.
  Result<app::CameSteps> run_one(const app::TestCase& test, TestOutcome& outcome) {
    SLUICE_ASSIGN(const config::PipelineFile pipeline, read_pipeline(test));
    SLUICE_TRY(app::check_names(file_, test, pipeline));
    SLUICE_ASSIGN(app::CameSteps came, app::run_test(file_, test, pipeline, stop_));
    outcome.error = came.error;
    if (came.error.empty()) {
      SLUICE_ASSIGN(outcome.differences, app::compare(test, came.steps));
    }
    if (request_.chaos.rounds > 0 && outcome.has_passed()) {
      SLUICE_TRY(app::run_chaos({file_, test, pipeline}, request_.chaos, outcome, stop_));
      if (!outcome.again.empty()) outcome.again += given_variables();
    }
    return came;
  }

  /// As a command gets them.
  std::string given_variables() const {
    std::string text;
    for (const auto& [name, value] : request_.variables) {
      text += " --var " + shell_word(name + "=" + (names_a_secret(name) ? "***" : value));
    }
    return text;
  }

  Result<config::PipelineFile> read_pipeline(const app::TestCase& test) const {
    std::map<std::string, std::string> variables = file_.variables;
    for (const auto& [name, value] : request_.variables) variables[name] = value;
    for (const auto& [name, value] : test.variables) variables[name] = value;
    const connector::Registry registry = app::all_connectors();
    std::set<std::string> unused;
    config::Variables values = config::system_variables(variables);
    values.unused = &unused;
    return config::read_pipeline_file(file_.pipeline, app::known_kinds(registry), values);
  }

  const TestRequest& request_;
  const std::function<void(const TestOutcome&)>& report_;
  const std::stop_token stop_;
  app::TestFile file_;
};

}  // namespace

Result<std::vector<std::string>> test_files(const std::vector<std::string>& paths) {
  return at_border("find the tests", [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
      std::error_code ignored;
      if (std::filesystem::is_directory(path, ignored)) {
        std::set<std::string> found;
        SLUICE_TRY(add_folder(path, found));
        if (found.empty()) {
          return user_error(path +
                            ": there is no *.test.yaml in this folder, nor below it, and no "
                            "pipeline with 'tests:'; `sluice init` "
                            "has pipelines with tests to begin with, and docs/reference/tests.md "
                            "says what is in one");
        }
        files.insert(files.end(), found.begin(), found.end());
      } else if (is_test_file(path)) {
        files.push_back(path);
      } else {
        SLUICE_ASSIGN(const std::vector<std::string> found, tests_of(path));
        files.insert(files.end(), found.begin(), found.end());
      }
    }
    return files;
  });
}

Status run_tests(const TestRequest& request, const std::function<void(const TestOutcome&)>& report,
                 std::stop_token stop) {
  return at_border("run the tests",
                   [&]() -> Status { return TestFileRun(request, report, std::move(stop)).run(); });
}

}  // namespace sluice
