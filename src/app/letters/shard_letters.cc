#include "app/letters/shard_letters.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

#include "io/file_system.h"
#include "sluice/base/shard.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamedMax = 8;

/// Shards that have a checkpoint in the folder, in order.
std::vector<Shard> shards_in(const std::string& folder) {
  std::vector<Shard> shards;
  std::error_code problem;  // a folder that is not there has none
  for (fs::directory_iterator at(folder, problem); !problem && at != fs::directory_iterator();
       at.increment(problem)) {
    const auto shard = shard_of_name(at->path().filename().string());
    std::error_code ignored;
    if (shard && fs::exists(at->path() / "state.db", ignored)) shards.push_back(*shard);
  }
  std::ranges::sort(shards, {},
                    [](const Shard& shard) { return std::tuple(shard.count, shard.number); });
  return shards;
}

}  // namespace

Status check_shard_is_named(const config::PipelineFile& file) {
  std::error_code ignored;
  const bool has_own = fs::exists(io::join_path(file.checkpoint, "state.db"), ignored);
  if (file.shard || has_own) return {};
  const std::vector<Shard> shards = shards_in(file.checkpoint);
  if (shards.empty()) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(shards.size(), kNamedMax); ++i) {
    names += (i == 0 ? "" : ", ") + shards[i].text();
  }
  if (shards.size() > kNamedMax) names += " ... " + shards.back().text();
  return user_error("E_SHARD_NEEDED: pipeline '" + file.name +
                    "' runs in shards, each of which has dead letters of its own; in " +
                    file.checkpoint + " there are " + names + "; name one: --shard " +
                    shards.front().text());
}

}  // namespace sluice::app
