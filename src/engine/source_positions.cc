#include "engine/source_positions.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace sluice::engine {
namespace {

constexpr std::size_t kShownMax = 120;

bool is_there(const Pipeline& pipeline, const std::string& name) {
  return std::ranges::find(pipeline.sources, name, &SourcePart::name) != pipeline.sources.end();
}

/// New names, to which the lost position may belong.
std::string without_position(const Pipeline& pipeline, const state::Position& position) {
  std::string names;
  for (const SourcePart& source : pipeline.sources) {
    if (position.offsets.contains(source.name)) continue;
    names += (names.empty() ? "" : ", ") + source.name;
  }
  return names;
}

Error orphan(const Pipeline& pipeline, const state::Position& position, const std::string& name,
             const data::Offset& offset) {
  const std::string fresh = without_position(pipeline, position);
  const std::string shown =
      offset.json.size() <= kShownMax ? offset.json : offset.json.substr(0, kShownMax) + "...";
  return user_error("E_SOURCE_ORPHAN: the checkpoint has read source '" + name + "' to " + shown +
                    ", and the pipeline file has no source of that name\n  if it was renamed" +
                    (fresh.empty() ? "" : " (new in the file: " + fresh + ")") +
                    ": write 'renamed_from: " + name +
                    "' in the source that it is now, which then goes on from there\n  if it is "
                    "gone for good: sluice checkpoint forget " +
                    pipeline.checkpoint + " --source " + name);
}

}  // namespace

Status check_positions(const Pipeline& pipeline, const state::Position& position) {
  const auto is_renamed = [&pipeline](const std::string& name) {
    return std::ranges::find(pipeline.sources, name, &SourcePart::renamed_from) !=
           pipeline.sources.end();
  };
  for (const SourcePart& source : pipeline.sources) {
    if (source.renamed_from.empty() || !position.offsets.contains(source.renamed_from)) continue;
    if (position.offsets.contains(source.name)) {
      return user_error(source.location.to_string() + ": source '" + source.name +
                        "' says renamed_from: " + source.renamed_from +
                        ", but the checkpoint has positions of both; forget one of them: sluice "
                        "checkpoint forget " +
                        pipeline.checkpoint + " --source NAME");
    }
  }
  for (const auto& [name, offset] : position.offsets) {
    if (!is_there(pipeline, name) && !is_renamed(name)) {
      return orphan(pipeline, position, name, offset);
    }
  }
  return {};
}

Status settle_sources(const Pipeline& pipeline, state::Position& position,
                      state::Checkpoint& checkpoint) {
  for (const SourcePart& source : pipeline.sources) {
    const auto old = position.offsets.find(source.renamed_from);
    if (source.renamed_from.empty() || old == position.offsets.end()) continue;
    SLUICE_TRY(checkpoint.rename_source(source.renamed_from, source.name));
    log_info("source " + source.name + " goes on where " + source.renamed_from + " was");
    position.offsets[source.name] = std::move(old->second);
    position.offsets.erase(source.renamed_from);
    auto& times = position.event_times.sources;
    if (const auto time = times.find(source.renamed_from); time != times.end()) {
      times[source.name] = time->second;
      times.erase(source.renamed_from);
    }
  }
  return {};
}

Status resume_sources(Pipeline& pipeline, state::Position& position, state::Checkpoint& checkpoint,
                      const Retries& retries) {
  for (SourcePart& source : pipeline.sources) {
    const auto known = position.offsets.find(source.name);
    if (known == position.offsets.end()) continue;
    connector::Remembered past{known->second, {}, pipeline.checkpoint};
    SLUICE_ASSIGN(past.log, checkpoint.source_log(source.name));
    auto resumed = retries.run_at_start("resume source " + source.name,
                                        [&] { return source.source->resume(past); });
    if (!resumed) return std::move(resumed).error().with("source " + source.name);
    if (resumed->offset == past.offset && resumed->log.empty()) continue;
    SLUICE_TRY(checkpoint.set_resumed(source.name, *resumed));
    known->second = std::move(resumed->offset);
  }
  return {};
}

}  // namespace sluice::engine
