#include "app/rehearsal/recording_place.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "app/composition/secret_text.h"
#include "app/rehearsal/slice_draft.h"
#include "app/rehearsal/test_file.h"
#include "base/secret_name.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

/// What a variable with a secret in it is in a file that others read.
constexpr const char* kNoSecret = "not recorded";
constexpr std::size_t kDayBytes = 10;

/// recorded_2026_05_01, or recorded_2026_05_01_2 where that is there.
std::string free_name(const std::set<std::string>& taken, Micros now) {
  std::string name = "recorded_" + clock_text(now).substr(0, kDayBytes);
  std::ranges::replace(name, '-', '_');
  std::string free = name;
  for (int i = 2; taken.contains(free); ++i) free = name + "_" + std::to_string(i);
  return free;
}

fs::path whole(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

}  // namespace

Result<RecordingPlace> choose_place(const config::PipelineFile& file, const RecordRequest& request,
                                    Micros now) {
  RecordingPlace place;
  const fs::path pipeline(file.path);
  place.path = request.output;
  if (place.path.empty()) {
    place.path = (pipeline.parent_path() / (pipeline.stem().string() + ".test.yaml")).string();
  }
  std::string stem;
  for (const std::string_view ending : {".test.yaml", ".test.yml"}) {
    if (!place.path.ends_with(ending)) continue;
    stem = place.path.substr(0, place.path.size() - ending.size());
  }
  if (stem.empty()) {
    return user_error("-o " + place.path +
                      ": a file of tests is called NAME.test.yaml, by which sluice test finds it");
  }
  const bool is_beside = whole(stem + pipeline.extension().string()) == whole(pipeline);
  if (!is_beside) {
    place.pipeline = whole(pipeline).lexically_relative(whole(place.path).parent_path()).string();
  }
  std::error_code ignored;
  place.is_there = fs::exists(place.path, ignored);
  place.test = request.name.empty() ? free_name({}, now) : request.name;
  if (!place.is_there) return place;
  if (!request.append) {
    return user_error(place.path +
                      ": is there already, and stays as it is; add a test to it with --append, or "
                      "choose another file with -o");
  }
  SLUICE_ASSIGN(const TestFile there, read_test_file(place.path));
  if (whole(there.pipeline) != whole(pipeline)) {
    return user_error(place.path + ": has the tests of " + there.pipeline + ", and not of " +
                      file.path);
  }
  std::set<std::string> taken;
  for (const TestCase& test : there.tests) {
    taken.insert(test.name);
    if (test.name != request.name) continue;
    return ConfigValue::null(test.location)
        .error("there is a test '" + test.name + "' already; choose another --name");
  }
  if (request.name.empty()) place.test = free_name(taken, now);
  return place;
}

std::map<std::string, std::string> used_variables(const config::PipelineFile& file,
                                                  const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> used;
  const config::Variables variables = config::system_variables(given);
  const std::string& text = file.text;
  for (std::size_t at = text.find("${"); at != text.npos; at = text.find("${", at + 2)) {
    const std::size_t end = text.find_first_of("}:", at);
    const bool is_escaped = at > 0 && text[at - 1] == '$';
    if (end == text.npos || is_escaped) continue;
    const std::string name = text.substr(at + 2, end - at - 2);
    const auto found = given.find(name);
    const auto value =
        found != given.end() ? std::optional(found->second) : variables.environment(name);
    if (!value || (value->empty() && found == given.end())) continue;
    used[name] = names_a_secret(name) ? kNoSecret : without_url_secrets(*value);
  }
  return used;
}

}  // namespace sluice::app
