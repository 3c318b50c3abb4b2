#include "engine/spark_queries.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "io/file_system.h"

namespace sluice::engine {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> number_of(const std::string& name) {
  std::int64_t number = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

/// The newest batch that the query in `folder` has planned; null: there is no query, or it is
/// fenced, since it was handed over to us.
std::optional<std::int64_t> planned_batch(const std::string& folder) {
  std::optional<std::int64_t> newest;
  std::error_code problem;  // a folder that is not there has none
  const std::string offsets = io::join_path(folder, "offsets");
  for (fs::directory_iterator at(offsets, problem); !problem && at != fs::directory_iterator();
       at.increment(problem)) {
    const auto number = number_of(at->path().filename().string());
    if (number && (!newest || *number > *newest)) newest = number;
  }
  if (!newest) return std::nullopt;
  // Spark's begin with the format's version, "v1"; what fences it does not.
  std::ifstream file(io::join_path(offsets, std::to_string(*newest)));
  std::string line;
  std::getline(file, line);
  return line.starts_with('v') ? newest : std::nullopt;
}

Error in_use(const std::string& folder, std::int64_t batch, std::int64_t own_batches) {
  std::string text = "E_NOT_HANDED_OVER: Spark runs this pipeline, and has planned batch " +
                     std::to_string(batch) + " in " + folder + "; ";
  text += own_batches == 0
              ? "to go on with sluice, stop Spark's job and run: sluice handover FILE --from "
                "spark; to begin again, give sluice a checkpoint and tables of its own"
              : "sluice has done batch " + std::to_string(own_batches - 1) +
                    " here as well, so that none can go on where the other is: give one of them a "
                    "checkpoint and tables of its own, and remove the folder if it is Spark's";
  return Error(Kind::kConflict, text);
}

}  // namespace

Status check_no_spark_query(const Pipeline& pipeline, state::Checkpoint* checkpoint) {
  std::error_code ignored;
  // Spark's queries lie where a run of all partitions has its checkpoint.
  const std::string folder = io::join_path(
      pipeline.shard ? io::parent_folder(pipeline.checkpoint) : pipeline.checkpoint, "spark");
  if (!fs::is_directory(folder, ignored)) return {};
  const std::string own = io::join_path(pipeline.checkpoint, "state.db");
  if (checkpoint == nullptr && fs::exists(own, ignored)) return {};
  std::vector<std::string> queries;
  for (const SinkPart& sink : pipeline.sinks) queries.push_back(sink.name);
  for (const SourcePart& source : pipeline.sources) {
    queries.push_back("dead-letters-" + source.name);
  }
  for (const std::string& query : queries) {
    const std::string path = io::join_path(folder, query);
    const auto batch = planned_batch(path);
    if (!batch) continue;
    if (checkpoint == nullptr) return in_use(path, *batch, 0);
    SLUICE_ASSIGN(const state::Position position, checkpoint->position());
    return in_use(path, *batch, position.next_batch);
  }
  return {};
}

}  // namespace sluice::engine
