#include "engine/new_sinks.h"

#include <set>
#include <string>
#include <utility>

#include "base/log.h"

namespace sluice::engine {
namespace {

std::string begins_now(const SinkPart& sink, const Pipeline& pipeline, data::BatchId next) {
  const std::string place = sink.location.to_string();
  const std::string subject = (place.empty() ? "" : place + ": ") + "sink '" + sink.name +
                              "' is new: it begins with batch " + std::to_string(next);
  if (sink.mode == connector::OutputMode::kComplete) {
    return subject + ", which writes the whole result";
  }
  return subject +
         ", and rows of earlier batches do not come to it; to have them, too, put it "
         "into a pipeline file of its own, with another name and checkpoint than '" +
         pipeline.name + "', which reads its sources from their start";
}

}  // namespace

Status note_sinks(const Pipeline& pipeline, const state::Position& position,
                  state::Checkpoint& checkpoint) {
  std::set<std::string> now;
  for (const SinkPart& sink : pipeline.sinks) now.insert(sink.name);
  if (position.next_batch > 0 && position.known_sinks) {
    for (const SinkPart& sink : pipeline.sinks) {
      if (position.known_sinks->contains(sink.name)) continue;
      log_warn(begins_now(sink, pipeline, position.next_batch));
    }
  }
  if (position.known_sinks == now) return {};
  return checkpoint.set_known_sinks(now);
}

}  // namespace sluice::engine
