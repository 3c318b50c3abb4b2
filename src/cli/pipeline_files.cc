#include "cli/pipeline_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

namespace sluice::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamedFilesMax = 5;

/// Other YAML files lie around, too: a pipeline has a line that begins its sources.
bool has_sources(const std::string& path) {
  constexpr std::size_t kLinesMax = 10'000;
  std::ifstream file(path);
  std::string line;
  for (std::size_t i = 0; i < kLinesMax && std::getline(file, line); ++i) {
    if (line.starts_with("sources:")) return true;
  }
  return false;
}

Result<std::vector<std::string>> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem); !problem && at != fs::directory_iterator();
       at.increment(problem)) {
    const fs::path& path = at->path();
    const bool is_yaml = path.extension() == ".yaml" || path.extension() == ".yml";
    const bool is_tests = path.stem().extension() == ".test";
    if (is_yaml && !is_tests && at->is_regular_file()) files.push_back(path.string());
  }
  if (problem) return user_error(folder + ": cannot be listed: " + problem.message());
  if (files.empty()) {
    return user_error(folder +
                      ": the folder has no pipeline file; their names end in .yaml or .yml");
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Error which_pipeline(const std::string& command, const std::string& operands) {
  const std::string head = "sluice " + command + ": which pipeline? ";
  std::vector<std::string> found;
  if (const auto files = files_in(".")) found = *files;
  std::erase_if(found, [](const std::string& path) { return !has_sources(path); });
  if (found.empty()) {
    return user_error(head + "There is none in this folder: write sluice " + command + " " +
                      operands + ", or begin with one of `sluice init`");
  }
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), kNamedFilesMax); ++i) {
    names += (i == 0 ? "" : ", ") + fs::path(found[i]).filename().string();
  }
  if (found.size() > kNamedFilesMax) {
    names += " and " + std::to_string(found.size() - kNamedFilesMax) + " more";
  }
  return user_error(head + "In this folder: " + names + "; write sluice " + command + " " +
                    fs::path(found[0]).filename().string());
}

Result<std::vector<std::string>> pipeline_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.push_back(path);
      continue;
    }
    SLUICE_ASSIGN(auto found, files_in(path));
    std::ranges::move(found, std::back_inserter(files));
  }
  return files;
}

Result<std::vector<LoadedFile>> load_files(const std::vector<std::string>& paths,
                                           const std::map<std::string, std::string>& variables,
                                           const std::optional<Shard>& shard) {
  std::vector<LoadedFile> loaded;
  if (paths.size() == 1) {
    loaded.push_back({paths[0], Pipeline::load(paths[0], variables, nullptr, shard)});
    return loaded;
  }
  std::map<std::string, std::size_t> files_without;  // by variable
  bool all_read = true;
  for (const std::string& path : paths) {
    std::set<std::string> unused;
    loaded.push_back({path, Pipeline::load(path, variables, &unused, shard)});
    all_read = all_read && loaded.back().pipeline;
    for (const std::string& name : unused) ++files_without[name];
  }
  for (const auto& [name, files] : files_without) {
    if (all_read && files == paths.size()) {
      return user_error("--var " + name + ": no pipeline file has ${" + name + "}");
    }
  }
  return loaded;
}

std::vector<PageDescription> pages_of(const std::vector<LoadedFile>& files) {
  std::vector<PageDescription> pages;
  for (const LoadedFile& file : files) {
    if (file.pipeline) pages.push_back(file.pipeline->describe().page);
  }
  return pages;
}

std::string file_of_page(const std::vector<LoadedFile>& files) {
  for (const LoadedFile& file : files) {
    if (file.pipeline && !file.pipeline->describe().page.address.empty()) return file.path;
  }
  return "";
}

void add_shard_option(CLI::App& command, std::string& text) {
  command
      .add_option("--shard", text,
                  "The I-th of N parts of the pipeline, counted from 1: partition p of each topic "
                  "is shard (p mod N) + 1's; a process each (docs/guide/sharding.md)")
      ->type_name("I/N");
}

Result<std::optional<Shard>> shard_option(const std::string& text) {
  if (text.empty()) return std::optional<Shard>();
  SLUICE_ASSIGN(const Shard shard, parse_shard(text));
  return std::optional(shard);
}

}  // namespace sluice::cli
