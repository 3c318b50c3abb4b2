#include "engine/publisher.h"

#include "base/crash_point.h"

namespace sluice::engine {
namespace {

std::string batch_text(const std::optional<data::BatchId>& batch) {
  return batch ? std::to_string(*batch) : "none";
}

Error behind(const std::string& name, std::optional<data::BatchId> head,
             std::optional<data::BatchId> expected) {
  return corruption_error("E_SINK_BEHIND_CHECKPOINT: sink '" + name +
                          "' lacks batches that the checkpoint has given "
                          "it; sink_batch=" +
                          batch_text(head) + " checkpoint_batch=" + batch_text(expected) +
                          "; was its target deleted or put back from a backup? Put the matching "
                          "checkpoint back too, or "
                          "start over with a new checkpoint and an empty target");
}

Error ahead(const std::string& name, data::BatchId head, std::optional<data::BatchId> expected) {
  return corruption_error(
      "E_SINK_AHEAD_OF_CHECKPOINT: sink '" + name +
      "' holds batches that this checkpoint does not "
      "know; sink_batch=" +
      batch_text(head) + " checkpoint_batch=" + batch_text(expected) +
      "; was the checkpoint deleted or put back from a backup? Running on would write rows twice: "
      "use the checkpoint that wrote them, a newer backup of it, or another target");
}

Error fenced(const std::string& name, data::BatchId batch) {
  return {Kind::kConflict,
          "E_FENCED: batch " + batch_text(batch) + " of sink '" + name +
              "' was written by another run of this pipeline; two checkpoints write to one target: "
              "stop one of them, or give each its own"};
}

}  // namespace

Status verify_sink(const std::string& name, const std::optional<connector::Head>& head,
                   const std::optional<state::SinkPosition>& expected) {
  const auto wanted = expected ? std::optional(expected->batch) : std::nullopt;
  if (!head) return expected ? Status(behind(name, std::nullopt, wanted)) : Status();
  if (!expected || head->batch > expected->batch) return ahead(name, head->batch, wanted);
  if (head->batch < expected->batch) return behind(name, head->batch, wanted);
  if (head->plan_hash != expected->plan_hash) return fenced(name, head->batch);
  return {};
}

Result<bool> publish_entry(connector::Sink& sink, const state::OutboxEntry& entry) {
  const connector::Staged& staged = entry.staged;
  if (sink.exactly_once()) {
    SLUICE_ASSIGN(const std::optional<connector::Head> head, sink.head());
    if (head && head->batch == staged.batch) {
      if (head->plan_hash != staged.plan_hash) return fenced(entry.sink, head->batch);
      return false;
    }
    if (head && head->batch > staged.batch) return ahead(entry.sink, head->batch, staged.batch);
    const auto at = head ? std::optional(head->batch) : std::nullopt;
    if (at < entry.previous) return behind(entry.sink, at, entry.previous);
    if (at != entry.previous) return ahead(entry.sink, head->batch, entry.previous);
  }
  crash_point("engine.before_publish");
  SLUICE_TRY(sink.publish(staged));
  return true;
}

}  // namespace sluice::engine
