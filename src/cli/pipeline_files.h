#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/base/shard.h"
#include "sluice/pipeline.h"

namespace CLI {
class App;
}

namespace sluice::cli {

/// The pipeline files that a command line names: a file as it is, a folder by the *.yaml and *.yml
/// in it (not in folders below, and no *.test.yaml), in the order of their names. kUser: a folder
/// without any.
Result<std::vector<std::string>> pipeline_files(const std::vector<std::string>& paths);

/// What a command says that was given no pipeline file: names those in this folder. `operands` is
/// what it takes: "FILE".
Error which_pipeline(const std::string& command, const std::string& operands);

/// A file, and what became of it.
struct LoadedFile {
  std::string path;
  Result<Pipeline> pipeline;
};

/// Reads them all. `variables` are for all of them: each must be used by one at least (kUser, when
/// all could be read). `shard` is the part of each.
Result<std::vector<LoadedFile>> load_files(const std::vector<std::string>& paths,
                                           const std::map<std::string, std::string>& variables,
                                           const std::optional<Shard>& shard);

/// Adds --shard, which is read into `text`.
void add_shard_option(CLI::App& command, std::string& text);
/// "": no shard.
Result<std::optional<Shard>> shard_option(const std::string& text);

/// How each that could be read says the page is served.
std::vector<PageDescription> pages_of(const std::vector<LoadedFile>& files);
/// The first file that says where it is served; "": none.
std::string file_of_page(const std::vector<LoadedFile>& files);

}  // namespace sluice::cli
