#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "app/handover/handover_job.h"
#include "app/handover/source_place.h"
#include "app/handover/spark_query.h"
#include "base/border.h"
#include "base/crash_point.h"
#include "base/json.h"
#include "engine/source_positions.h"
#include "io/exchange_folders.h"
#include "state/checkpoint.h"
#include "state/handover_mark.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;
using app::HandoverJob;
using app::PlacedQuery;

/// Of the state of a query with a window, which a Spark job keeps for good.
constexpr int kStatePartitions = 8;

Error unpublished(const std::string& what) {
  return user_error("E_HANDOVER_UNPUBLISHED: " + what +
                    "; run the pipeline once more and let it end in order: sluice run --once FILE");
}

/// All that a commit left is where readers see it.
Status check_published(state::Checkpoint& checkpoint, const state::Position& position) {
  if (!position.outbox.empty()) {
    return unpublished("batch " + std::to_string(position.next_batch - 1) +
                       " may not be in the sinks yet, since the last run did not end in order");
  }
  SLUICE_ASSIGN(const std::int64_t letters, state::waiting_letters(checkpoint));
  if (letters == 0) return {};
  return unpublished(std::to_string(letters) + " dead letters wait to be replayed");
}

Error with_state(const std::string& view, std::int64_t rows) {
  return user_error(
      "E_HANDOVER_STATE: view '" + view + "' keeps state, rows=" + std::to_string(rows) +
      ", which cannot be moved into Spark's; it is empty when every window is "
      "final: let the watermark pass them (idle_after and advances_when_idle on the source let it "
      "go on without new rows), then stop the run and hand over");
}

Status check_no_state(const HandoverJob& job, state::Checkpoint& checkpoint) {
  for (const sql::ViewPlan& view : job.plan.views) {
    for (const std::string& table : view.state_tables) {
      SLUICE_ASSIGN(const std::int64_t rows, state::rows_in_state(checkpoint, table));
      if (rows > 0) return with_state(view.name, rows);
    }
  }
  for (const config::SinkEntry& sink : job.file.sinks) {
    SLUICE_ASSIGN(const std::int64_t rows,
                  state::rows_in_state(checkpoint, "__waiting_" + sink.name));
    if (rows > 0) {
      return unpublished(std::to_string(rows) + " rows wait for the next file of sink '" +
                         sink.name + "' (roll)");
    }
  }
  for (const PlacedQuery& placed : job.queries) {
    const auto& stateful = placed.query.stateful;
    const bool other = stateful.size() > 1 ||
                       (stateful.size() == 1 && stateful[0]->kind != sql::ViewKind::kAggregate &&
                        stateful[0]->kind != sql::ViewKind::kDistinct);
    if (!other) continue;
    return user_error(
        "E_HANDOVER_STATE: sink '" + placed.query.name + "' is of view '" + stateful.back()->name +
        "', a join or several views with state, whose state Spark keeps in several stores; one "
        "aggregate or one deduplication can be handed over, when its state is empty");
  }
  return {};
}

std::int64_t millis(const std::optional<Micros>& micros) {
  return micros ? *micros / app::kMilli : 0;
}

class Writer {
 public:
  Writer(const HandoverJob& job, state::Checkpoint& checkpoint, const state::Position& position)
      : job_(job), checkpoint_(checkpoint), position_(position) {}

  /// The queries' checkpoints, below `folder`; what is noted of them goes into `handover`.
  Status write(const std::string& folder, Handover& handover) {
    SLUICE_TRY(find_places());
    for (const PlacedQuery& placed : job_.queries) {
      app::NewSparkQuery query;
      query.done = position_.next_batch - 1;
      query.next_watermark_ms = millis(position_.event_times.next);
      query.batch.watermark_ms = millis(position_.event_times.used);
      query.state_partitions = placed.query.stateful.empty() ? 0 : kStatePartitions;
      query.batch.conf = app::default_conf(kStatePartitions);
      if (query.state_partitions == 0) query.batch.conf.clear();
      query.id = job_.parts->random.uuid();
      SLUICE_TRY(keep_identity(placed, query));
      HandedQuery handed{placed.query.name, placed.folder, query.done, {}};
      for (const config::SourceEntry* source : placed.query.sources) {
        const app::SparkPlace& place = places_.at(source->name);
        query.batch.places.push_back(place.place);
        query.seen.push_back(place.files);
        handed.places.push_back(source->name + " " + place.place);
      }
      const std::string own = job_.is_one_query ? folder : io::join_path(folder, placed.query.name);
      const Micros now = job_.parts->clock.now();
      SLUICE_TRY(app::write_spark_query(own, query, now / app::kMilli, job_.files()));
      handover.queries.push_back(std::move(handed));
    }
    return {};
  }

 private:
  Status find_places() {
    for (const config::SourceEntry& source : job_.file.sources) {
      const auto offset = position_.offsets.find(source.name);
      if (offset == position_.offsets.end()) {
        return user_error("E_HANDOVER_NOTHING: source '" + source.name +
                          "' has no position in the checkpoint yet; run the pipeline as it is "
                          "once: sluice run --once FILE");
      }
      app::NativePlace native{offset->second, ""};
      SLUICE_ASSIGN(native.log, checkpoint_.source_log(source.name));
      SLUICE_ASSIGN(places_[source.name], app::to_spark_place(source, native, job_.files()));
    }
    return {};
  }

  /// A query that Spark has had before keeps its id, which tables know it by, and its settings.
  /// kConflict unless it was handed over to us.
  Status keep_identity(const PlacedQuery& placed, app::NewSparkQuery& query) const {
    SLUICE_ASSIGN(const bool there, app::is_spark_query(placed.folder, job_.files()));
    if (!there) return {};
    SLUICE_ASSIGN(const app::SparkQuery old, app::read_spark_query(placed.folder, job_.files()));
    if (!old.is_fenced()) {
      return Error(Kind::kConflict,
                   "E_NOT_HANDED_OVER: Spark has a query of its own in " + placed.folder +
                       ", at batch " + std::to_string(old.planned) +
                       "; if it is to go on from there: sluice handover FILE --from spark; if it "
                       "is not needed any more, remove the folder");
    }
    query.id = old.id;
    if (!old.batch.conf.empty() && query.state_partitions == 0) query.batch.conf = old.batch.conf;
    return {};
  }

  const HandoverJob& job_;
  state::Checkpoint& checkpoint_;
  const state::Position& position_;
  std::map<std::string, app::SparkPlace> places_;
};

Result<bool> is_placed(const std::string& spark, const std::string& id, io::FileSystem& files) {
  const std::string note = io::join_path(spark, app::kHandoverNote);
  SLUICE_ASSIGN(const auto there, files.find(note));
  if (!there) return false;
  SLUICE_ASSIGN(const std::string text, files.read(note));
  const Json json = parse_json(text);
  return json.is_object() && json.value("id", "") == id;
}

Status remove_folder(const std::string& folder) {
  std::error_code problem;
  fs::remove_all(folder, problem);
  return problem ? user_error("cannot remove " + folder + ": " + problem.message()) : Status();
}

Result<Handover> to_spark(const HandoverJob& job) {
  if (!job.files().is_local(job.spark)) {
    return user_error("--spark-checkpoint must be a folder of this machine, not " + job.spark +
                      ": hand over into a folder, and copy that before Spark is started");
  }
  const std::string nothing = "E_HANDOVER_NOTHING: pipeline '" + job.file.name +
                              "' has done no batch in " + job.checkpoint +
                              "; Spark may begin by itself";
  SLUICE_ASSIGN(const auto database, job.files().find(io::join_path(job.checkpoint, "state.db")));
  if (!database) return user_error(nothing);
  SLUICE_ASSIGN(const auto checkpoint,
                state::Checkpoint::open(job.checkpoint, job.file.name, job.files(), {}));
  SLUICE_ASSIGN(const state::Position position, checkpoint->position());
  if (position.next_batch == 0) return user_error(nothing);
  Handover handover{job.file.name, job.checkpoint, position.next_batch - 1, {}, false};
  SLUICE_ASSIGN(auto mark, state::handover_mark(*checkpoint));
  if (mark) {
    SLUICE_ASSIGN(handover.was_done, is_placed(job.spark, mark->id, job.files()));
    if (handover.was_done) return handover;
    if (mark->folder != job.spark) {
      return user_error("E_HANDED_OVER: the handover to " + mark->folder +
                        " is not finished; run it once more as it was begun");
    }
  }
  SLUICE_TRY(engine::check_positions(job.pipeline(), position));
  SLUICE_TRY(check_published(*checkpoint, position));
  SLUICE_TRY(check_no_state(job, *checkpoint));

  const std::string part = job.spark + ".handover";
  SLUICE_TRY(remove_folder(part));
  SLUICE_TRY(job.files().make_folders(part));
  SLUICE_TRY(Writer(job, *checkpoint, position).write(part, handover));
  const Micros now = job.parts->clock.now();
  if (!mark) {
    mark = state::HandoverMark{"spark", job.parts->random.uuid(), job.spark, handover.batch, now};
  }
  const Json note = {{"id", mark->id}, {"pipeline", job.file.name}, {"batch", mark->batch}};
  SLUICE_TRY(
      job.files().write_atomic(io::join_path(part, app::kHandoverNote), dump_json(note) + "\n"));
  crash_point("handover.written");
  // From here on nobody runs, until Spark finds its place.
  SLUICE_TRY(state::set_handover_mark(*checkpoint, *mark));
  crash_point("handover.marked");
  SLUICE_TRY(io::exchange_folders(part, job.spark));
  crash_point("handover.placed");
  SLUICE_TRY(remove_folder(part));
  return handover;
}

}  // namespace

Result<Handover> hand_over_to_spark(const HandoverRequest& request) {
  return at_border("hand over to Spark", [&]() -> Result<Handover> {
    SLUICE_ASSIGN(const auto job, app::read_handover_job(request));
    return to_spark(*job);
  });
}

Status check_spark_may_run(const std::string& checkpoint) {
  return at_border("look at the checkpoint", [&]() -> Status {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto database, files->find(io::join_path(checkpoint, "state.db")));
    if (!database) return {};
    SLUICE_ASSIGN(const auto opened, state::Checkpoint::open(checkpoint, "", *files, {}));
    SLUICE_ASSIGN(const state::Position position, opened->position());
    SLUICE_ASSIGN(const auto mark, state::handover_mark(*opened));
    if (mark) {
      SLUICE_ASSIGN(const bool placed, is_placed(mark->folder, mark->id, *files));
      if (placed) return {};
      return Error(Kind::kConflict, "E_HANDED_OVER: the handover to " + mark->folder +
                                        " is not finished; run it once more: sluice handover FILE "
                                        "--to spark");
    }
    if (position.next_batch == 0) return {};
    return Error(Kind::kConflict,
                 "E_NOT_HANDED_OVER: sluice itself runs this pipeline, and has done batch " +
                     std::to_string(position.next_batch - 1) +
                     "; to go on with Spark: sluice handover FILE --to spark; to begin again, "
                     "give Spark a checkpoint and tables of its own");
  });
}

}  // namespace sluice
