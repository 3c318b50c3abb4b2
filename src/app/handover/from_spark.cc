#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "app/handover/found_query.h"
#include "app/handover/handover_job.h"
#include "base/border.h"
#include "base/crash_point.h"
#include "base/json.h"
#include "engine/event_clock.h"
#include "io/lock_file.h"
#include "state/checkpoint.h"
#include "state/handover_mark.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;
using app::FoundQuery;
using app::HandoverJob;

constexpr const char* kDatabase = "state.db";

/// The pipeline's checkpoint, locked; without a database as long as there is none.
struct OwnCheckpoint {
  std::unique_ptr<state::Checkpoint> opened;
  std::optional<io::LockFile> lock;
  state::Position position{};
  std::optional<state::HandoverMark> mark;
};

Result<OwnCheckpoint> open_checkpoint(const HandoverJob& job) {
  OwnCheckpoint own;
  SLUICE_ASSIGN(const auto database, job.files().find(io::join_path(job.checkpoint, kDatabase)));
  if (database) {
    SLUICE_ASSIGN(own.opened,
                  state::Checkpoint::open(job.checkpoint, job.file.name, job.files(), {}));
    SLUICE_ASSIGN(own.position, own.opened->position());
    SLUICE_ASSIGN(own.mark, state::handover_mark(*own.opened));
    return own;
  }
  SLUICE_TRY(job.files().make_private_folders(job.checkpoint));
  SLUICE_ASSIGN(own.lock, io::LockFile::try_acquire(io::join_path(job.checkpoint, "lock")));
  if (own.lock) return own;
  return Error(Kind::kConflict,
               "E_CHECKPOINT_LOCKED: another process is running on this "
               "checkpoint: path=" +
                   job.checkpoint + "; stop that one");
}

std::string whole_checkpoint(const HandoverJob& job) {
  std::error_code problem;
  return fs::absolute(job.checkpoint, problem).lexically_normal();
}

/// What the fence of each query says of whose it is.
Status check_fences(const HandoverJob& job, const std::vector<FoundQuery>& found) {
  const std::string ours = "(checkpoint " + whole_checkpoint(job) + ")";
  for (const FoundQuery& query : found) {
    const std::string& fence = query.query.fence;
    if (fence.empty() || fence.find(ours) != std::string::npos) continue;
    return Error(Kind::kConflict,
                 "E_HANDED_OVER: the query in " + query.query.folder +
                     " was handed over already: " + fence.substr(0, fence.find('\n')));
  }
  return {};
}

/// True: an earlier call has done it.
Result<bool> check_whose_turn(const HandoverJob& job, const OwnCheckpoint& own,
                              const std::vector<FoundQuery>& found) {
  SLUICE_TRY(check_fences(job, found));
  if (own.mark) {
    const std::string note = io::join_path(job.spark, app::kHandoverNote);
    SLUICE_ASSIGN(const auto there, job.files().find(note));
    std::string id;
    if (there) {
      SLUICE_ASSIGN(const std::string text, job.files().read(note));
      const Json json = parse_json(text);
      if (json.is_object()) id = json.value("id", "");
    }
    if (id == own.mark->id) return false;
    return Error(Kind::kConflict,
                 "E_HANDED_OVER: this checkpoint was handed over to " + own.mark->folder +
                     ", and " + job.spark +
                     " does not go on from there; finish it first: sluice handover FILE --to " +
                     own.mark->to);
  }
  if (own.position.next_batch == 0) return false;
  if (std::ranges::all_of(found, [](const auto& one) { return one.query.is_fenced(); })) {
    return true;
  }
  return Error(Kind::kConflict,
               "E_NOT_HANDED_OVER: sluice itself runs this pipeline, and has done batch " +
                   std::to_string(own.position.next_batch - 1) + " in " + job.checkpoint +
                   "; to go on where Spark is, give the pipeline a new checkpoint");
}

/// A table that sluice has written to since is not where the query is.
Status check_not_ahead(const std::vector<FoundQuery>& found) {
  for (const FoundQuery& query : found) {
    if (!query.table) continue;
    SLUICE_ASSIGN(const auto ours, query.table->own_batch());
    if (!ours || *ours <= query.query.planned) continue;
    return user_error("E_HANDOVER_APART: the table of sink '" + query.placed->query.name +
                      "' has batch " + std::to_string(*ours) +
                      " of sluice's, which Spark's query in " + query.query.folder +
                      " does not know; use the checkpoint that wrote it, or another table");
  }
  return {};
}

void remove_fences(const HandoverJob& job, const std::vector<FoundQuery>& found) {
  for (const FoundQuery& query : found) {
    static_cast<void>(app::remove_fence(query.query, job.files()));
  }
}

class TakeOver {
 public:
  TakeOver(const HandoverJob& job, OwnCheckpoint& own, std::vector<FoundQuery>& found)
      : job_(job), own_(own), found_(found) {
    there_.plan_hash = app::kHandoverHash + job.parts->random.uuid();
    there_.time = job.parts->clock.now();
  }

  /// Decides where to go on. The queries are fenced.
  Status decide() {
    for (FoundQuery& query : found_) SLUICE_TRY(app::settle(query, job_, there_.plan_hash));
    std::map<std::string, app::NativePlace> known;
    if (own_.opened) {
      for (const auto& [source, offset] : own_.position.offsets) {
        known[source].offset = offset;
        SLUICE_ASSIGN(known[source].log, own_.opened->source_log(source));
      }
    }
    SLUICE_ASSIGN(const auto places, app::common_places(job_, found_, known));
    for (const auto& [source, place] : places) {
      there_.offsets[source] = place.offset;
      there_.logs[source] = place.log;
    }
    decide_time();
    return decide_batch();
  }

  /// Puts the batch into the tables of the sinks, which take no earlier one of Spark's from then
  /// on.
  Status enter() {
    for (FoundQuery& query : found_) {
      if (!query.table) continue;
      const std::string& sink = query.placed->query.name;
      SLUICE_TRY(
          query.table->put({job_.file.name, sink, there_.batch, query.done, there_.plan_hash}));
      there_.sinks[sink] = {there_.batch, there_.plan_hash};
      crash_point("handover.entered");
    }
    return {};
  }

  Status note() {
    if (own_.opened) return state::take_over(*own_.opened, there_);
    // Beside its place: what is half a checkpoint must not look like one.
    const std::string part = io::join_path(job_.checkpoint, "handover");
    std::error_code problem;
    fs::remove_all(part, problem);
    {
      SLUICE_ASSIGN(const auto made,
                    state::Checkpoint::open(part, job_.file.name, job_.files(), {}));
      SLUICE_TRY(state::take_over(*made, there_));
      SLUICE_TRY(made->session().execute("FORCE CHECKPOINT"));
    }
    SLUICE_TRY(job_.files().sync(io::join_path(part, kDatabase)));
    crash_point("handover.made");
    SLUICE_TRY(job_.files().rename(io::join_path(part, kDatabase),
                                   io::join_path(job_.checkpoint, kDatabase)));
    SLUICE_TRY(job_.files().sync(job_.checkpoint));
    fs::remove_all(part, problem);
    return {};
  }

  std::int64_t batch() const { return there_.batch; }

 private:
  /// The watermark of the queries that have one; the least of several.
  void decide_time() {
    std::optional<std::int64_t> next;
    std::int64_t used = 0;
    for (const FoundQuery& query : found_) {
      if (query.next_watermark_ms <= 0 || (next && *next <= query.next_watermark_ms)) continue;
      next = query.next_watermark_ms;
      used = query.watermark_ms;
    }
    if (!next) return;
    there_.event_times.next = *next * app::kMilli;
    if (used > 0) there_.event_times.used = used * app::kMilli;
    for (const auto& [name, part] : engine::watermarks_of(job_.pipeline())) {
      there_.event_times.sources[name].latest = *next * app::kMilli + part->delay;
    }
  }

  Status decide_batch() {
    std::int64_t last = own_.position.next_batch - 1;
    for (const FoundQuery& query : found_) {
      last = std::max(last, query.query.planned);
      if (!query.table) continue;
      SLUICE_ASSIGN(const auto newest, query.table->batch());
      last = std::max(last, newest.value_or(-1));
    }
    there_.batch = last + 1;
    return {};
  }

  const HandoverJob& job_;
  OwnCheckpoint& own_;
  std::vector<FoundQuery>& found_;
  state::TakeOver there_;
};

/// Fences all queries, so that the decision is of something that does not move; a decision that
/// cannot be made leaves them as they were.
Status fence_and_decide(const HandoverJob& job, std::vector<FoundQuery>& found,
                        TakeOver& take_over) {
  const std::string fence = app::fence_text(job.request.pipeline_file, whole_checkpoint(job));
  Status done;
  for (const FoundQuery& query : found) {
    done = app::fence_query(query.query, fence, job.files());
    if (!done) break;
    crash_point("handover.fenced");
  }
  if (done) done = take_over.decide();
  if (!done) remove_fences(job, found);
  return done;
}

Result<Handover> from_spark(const HandoverJob& job) {
  SLUICE_ASSIGN(OwnCheckpoint own, open_checkpoint(job));
  SLUICE_ASSIGN(std::vector<FoundQuery> found, app::find_queries(job));
  SLUICE_ASSIGN(const bool was_done, check_whose_turn(job, own, found));
  if (was_done) {
    return Handover{job.file.name, job.checkpoint, own.position.next_batch - 1, {}, true};
  }
  SLUICE_TRY(check_not_ahead(found));
  TakeOver take_over(job, own, found);
  SLUICE_TRY(fence_and_decide(job, found, take_over));
  SLUICE_TRY(take_over.enter());
  SLUICE_TRY(take_over.note());
  crash_point("handover.taken");
  Handover handover{job.file.name, job.checkpoint, take_over.batch(), {}, false};
  for (const FoundQuery& query : found) {
    HandedQuery handed{query.placed->query.name, query.query.folder, query.done, {}};
    for (std::size_t i = 0; i < query.places.size(); ++i) {
      handed.places.push_back(query.placed->query.sources[i]->name + " " + query.places[i]);
    }
    handover.queries.push_back(std::move(handed));
  }
  return handover;
}

}  // namespace

Result<Handover> hand_over_from_spark(const HandoverRequest& request) {
  return at_border("hand over from Spark", [&]() -> Result<Handover> {
    SLUICE_ASSIGN(const auto job, app::read_handover_job(request));
    return from_spark(*job);
  });
}

}  // namespace sluice
