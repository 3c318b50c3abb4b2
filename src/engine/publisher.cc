#include "engine/publisher.h"

#include "base/crash_point.h"
#include "base/log.h"

namespace sluice::engine {
namespace {

std::string batch_text(const std::optional<data::BatchId>& batch) {
  return batch ? std::to_string(*batch) : "none";
}

Error sink_behind(const std::string& name, std::optional<data::BatchId> head,
                  std::optional<data::BatchId> expected) {
  return corruption_error(
      "E_SINK_BEHIND_CHECKPOINT: sink '" + name +
      "' lacks batches that the checkpoint has given it; sink_batch=" + batch_text(head) +
      " checkpoint_batch=" + batch_text(expected) +
      "; was its target deleted or restored from a backup? Restore the matching checkpoint too, or "
      "start over with a new checkpoint and an empty target");
}

Error ahead(const std::string& name, data::BatchId head, std::optional<data::BatchId> expected) {
  return corruption_error(
      "E_SINK_AHEAD_OF_CHECKPOINT: sink '" + name +
      "' has batches that this checkpoint does not know; sink_batch=" + batch_text(head) +
      " checkpoint_batch=" + batch_text(expected) +
      "; was the checkpoint deleted or restored from a backup? Continuing would write rows twice: "
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
  if (!head) return expected ? Status(sink_behind(name, std::nullopt, wanted)) : Status();
  if (!expected || head->batch > expected->batch) return ahead(name, head->batch, wanted);
  if (head->batch < expected->batch) return sink_behind(name, head->batch, wanted);
  if (head->plan_hash.empty()) return {};  // the number is what this checkpoint published last
  if (head->plan_hash != expected->plan_hash) return fenced(name, head->batch);
  return {};
}

void withdraw(connector::Sink& sink, const state::OutboxEntry& entry) {
  if (auto done = sink.withdraw(entry.staged); !done) {
    log_warn("sink " + entry.sink +
             ": take back what was not published: " + done.error().message());
  }
}

Status verify_head(const std::string& name, connector::Sink& sink,
                   const std::optional<state::SinkPosition>& expected) {
  SLUICE_ASSIGN(const auto head, sink.head());
  return verify_sink(name, head, expected);
}

Result<Presence> presence_of(connector::Sink& sink, const state::OutboxEntry& entry) {
  const connector::Staged& staged = entry.staged;
  SLUICE_ASSIGN(const std::optional<connector::Head> head, sink.head());
  if (head && head->batch == staged.batch) {
    if (head->plan_hash.empty()) return Presence::kForgotten;
    if (head->plan_hash == staged.plan_hash) return Presence::kThere;
    return fenced(entry.sink, head->batch);
  }
  if (head && head->batch > staged.batch) return ahead(entry.sink, head->batch, staged.batch);
  const auto at = head ? std::optional(head->batch) : std::nullopt;
  if (at < entry.previous) return sink_behind(entry.sink, at, entry.previous);
  if (at != entry.previous) return ahead(entry.sink, head->batch, entry.previous);
  return Presence::kNotThere;
}

Result<bool> publish_entry(connector::Sink& sink, connector::Promise promise,
                           const state::OutboxEntry& entry) {
  if (promise == connector::Promise::kAtomic) {
    const auto presence = presence_of(sink, entry);
    if (!presence) {
      if (presence.error().kind() != Kind::kTransient) withdraw(sink, entry);
      return presence.error().clone();
    }
    if (*presence == Presence::kThere) return false;
    if (*presence == Presence::kForgotten) {
      // The sink knows what else distinguishes its own batch from another run's.
      SLUICE_TRY(sink.publish(entry.staged));
      return false;
    }
  }
  crash_point("engine.before_publish");
  SLUICE_TRY(sink.publish(entry.staged));
  return true;
}

}  // namespace sluice::engine
