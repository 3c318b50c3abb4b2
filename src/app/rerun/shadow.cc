#include "sluice/shadow.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "app/composition/state_copy.h"
#include "app/pipeline/pipeline_content.h"
#include "app/rehearsal/chaos_compare.h"
#include "app/rerun/rerun.h"
#include "app/rerun/row_difference.h"
#include "app/rerun/shadow_sink.h"
#include "base/border.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/system_kind.h"
#include "engine/engine.h"
#include "engine/explained_pipeline.h"
#include "engine/rebuild_scope.h"
#include "sql/duckdb/session_zone.h"
#include "sql/functions/open_database.h"
#include "state/checkpoint.h"
#include "state/handover_mark.h"

namespace sluice {
namespace {

using connector::OutputMode;

const config::SinkEntry* find_sink(const config::PipelineFile& file, const std::string& name) {
  const auto found = std::ranges::find(file.sinks, name, &config::SinkEntry::name);
  return found == file.sinks.end() ? nullptr : &*found;
}

/// Hands on what it is informed of, and calls `read` once records have been read.
class FirstRead final : public RunListener {
 public:
  FirstRead(RunListener& next, std::function<void()> read) : next_(next), read_(std::move(read)) {}

  void on_start(std::int64_t next_batch, int redone) override {
    next_.on_start(next_batch, redone);
  }
  void on_batch(const BatchProgress& progress) override {
    if (rows_of(progress) > 0 && read_ != nullptr) std::exchange(read_, nullptr)();
    next_.on_batch(progress);
  }
  void on_retry(const std::string& what, int attempt, std::int64_t pause_ms) override {
    next_.on_retry(what, attempt, pause_ms);
  }

 private:
  RunListener& next_;
  std::function<void()> read_;
};

/// One of the two versions.
struct Version {
  const bool now;
  config::PipelineFile file;
  std::unique_ptr<app::Runnable> parts;
  std::map<std::string, app::ShadowSink*> sinks;  ///< by name; owned by `parts`
  engine::ExplainedPipeline planned;
  RunSummary summary;

  app::ComparedRows rows(const config::SinkEntry& sink) const {
    const app::ShadowSink& kept = *sinks.at(sink.name);
    return {kept.rows(app::end_of(sink, planned)), kept.schema()};
  }
};

/// By what the rows of the sink are the same row: its key, or the groups of its view. Null:
/// nothing.
std::optional<std::vector<std::string>> key_of(config::SinkEntry sink,
                                               const engine::ExplainedPipeline& planned) {
  app::End end = app::end_of(sink, planned);
  if (end.rule != app::EndRule::kNewest) {
    sink.mode = OutputMode::kUpdate;
    end = app::end_of(sink, planned);
  }
  if (end.rule != app::EndRule::kNewest) return std::nullopt;
  return end.key;
}

std::int64_t late_rows(const RunSummary& summary) {
  std::int64_t late = 0;
  for (const ViewProgress& view : summary.views) late += view.late;
  return late;
}

class Shadow {
 public:
  Shadow(const Pipeline::Content& content, const ShadowOptions& options, std::stop_token stop)
      : content_(content),
        options_(options),
        stop_(std::move(stop)),
        folder_(content.file.checkpoint),
        place_(folder_) {}

  Result<Shadowed> run() {
    SLUICE_TRY(check_options());
    SLUICE_TRY(open_copy());
    SLUICE_ASSIGN(const auto held, app::lock_shadow(place_));
    SLUICE_TRY(make_versions());
    for (Version* version : {&before_, &after_}) SLUICE_TRY(run_version(*version));
    add_sources();
    made_.late_before = late_rows(before_.summary);
    made_.late_after = late_rows(after_.summary);
    SLUICE_TRY(compare());
    return std::move(made_);
  }

 private:
  Status check_options() const {
    if (folder_.empty()) {
      return user_error(content_.path +
                        ": the pipeline keeps no checkpoint, so what it has read is not known");
    }
    for (const auto& [sink, columns] : options_.keys) {
      if (find_sink(content_.file, sink) != nullptr) continue;
      return user_error("there is no sink '" + sink + "' in " + content_.path);
    }
    return {};
  }

  /// The pipeline may run: where it is is read from a copy of its checkpoint.
  Status open_copy() {
    SLUICE_TRY(scratch_.make());
    SLUICE_ASSIGN(checkpoint_, app::open_copy(folder_, scratch_.path(), *content_.parts->files));
    SLUICE_TRY(state::refuse_handed_over(*checkpoint_));
    SLUICE_ASSIGN(position_, checkpoint_->position());
    if (position_.next_batch > 0) return {};
    return user_error("the checkpoint has no batch yet, so there is nothing to compare: " +
                      folder_);
  }

  Status make_versions() {
    SLUICE_ASSIGN(const state::LastStart last, checkpoint_->last_start());
    SLUICE_ASSIGN(before_.file, app::file_of_last_start(last, content_.variables));
    after_.file = content_.file;
    note_.emplace(place_, before_.file, after_.file, position_.next_batch);
    const auto known = app::ShadowNote::read(place_);
    made_.went_on = known && known->leads_to(*note_);
    made_.batch = position_.next_batch - 1;
    if (made_.went_on) note_->take_read(*known);
    SLUICE_TRY(remove_unread());
    SLUICE_TRY(make_version(before_));
    SLUICE_TRY(make_version(after_));
    engine::ask_as(content_.parts->composition.pipeline, after_.parts->composition.pipeline);
    return note_->write(*content_.parts->files, place_);
  }

  /// Versions that begin from their start. The note of others first: it is of what is there.
  Status remove_unread() const {
    std::error_code problem;
    if (!made_.went_on) std::filesystem::remove(place_.note(), problem);
    for (const bool now : {false, true}) {
      if (note_->has_read(now)) continue;
      if (!problem) std::filesystem::remove_all(place_.checkpoint(now), problem);
      if (!problem) std::filesystem::remove_all(place_.rows(now), problem);
    }
    if (!problem) return {};
    return Error(kind_of_errno(problem.value()),
                 "remove an earlier shadow: path=" + place_.folder + ": " + problem.message());
  }

  Status make_version(Version& version) const {
    const bool now = version.now;
    SLUICE_ASSIGN(version.parts, app::once_more(version.file, place_.checkpoint(now)));
    engine::Pipeline& pipeline = version.parts->composition.pipeline;
    for (const config::SinkEntry& entry : version.file.sinks) {
      const bool is_upsert = entry.mode == OutputMode::kUpsert;
      auto sink = std::make_unique<app::ShadowSink>(
          place_.rows(now) + "/" + entry.name, is_upsert ? entry.upsert : connector::UpsertKey());
      version.sinks[entry.name] = sink.get();
      engine::SinkPart part;
      part.name = entry.name;
      part.from = entry.from;
      part.mode = entry.mode;
      part.location = entry.location;
      part.promise = connector::Promise::kAtLeastOnce;  // it has no head
      part.upsert = entry.upsert;
      part.delete_when = {entry.delete_when, entry.delete_when_location};
      part.sink = std::move(sink);
      pipeline.sinks.push_back(std::move(part));
    }
    SLUICE_TRY(
        engine::end_where_checkpoint_is(*checkpoint_, position_, folder_, nullptr, pipeline));
    SLUICE_ASSIGN(version.planned, engine::explain_pipeline(pipeline));
    return {};
  }

  Status run_version(Version& version) {
    app::Runnable& parts = *version.parts;
    const bool went_on = note_->has_read(version.now);
    FirstRead listener(app::listener_or_none(options_.listener), [&] { note_read(version.now); });
    SLUICE_TRY(engine::run_pipeline(parts.composition.pipeline,
                                    {parts.clock, parts.random, *parts.files, listener},
                                    version.summary, stop_));
    if (stop_.stop_requested()) {
      return Error(Kind::kCancelled, "stopped before the end; the next call goes on");
    }
    crash_point("shadow.read");
    return went_on ? Status() : engine::check_any_read(parts.composition.pipeline, version.summary);
  }

  void note_read(bool now) {
    note_->set_read(now);
    const auto written = note_->write(*content_.parts->files, place_);
    // The next call reads it again from its start.
    if (!written) log_warn(written.error().message());
  }

  void add_sources() {
    for (const engine::SourcePart& source : after_.parts->composition.pipeline.sources) {
      if (source.until->offset.json.empty()) continue;
      Shadowed::Source made{.name = source.name, .to = source.until->offset.json};
      for (const SourceProgress& read : after_.summary.sources) {
        if (read.name != source.name) continue;
        made.after = read.rows;
        made.after_dead_letters = read.dead_letters;
      }
      for (const SourceProgress& read : before_.summary.sources) {
        if (read.name != source.name && read.name != source.renamed_from) continue;
        made.before = read.rows;
        made.before_dead_letters = read.dead_letters;
      }
      made_.sources.push_back(std::move(made));
    }
  }

  Status compare() {
    const engine::Pipeline& pipeline = after_.parts->composition.pipeline;
    sql::DatabaseOptions options;
    options.threads = pipeline.threads;
    options.memory_limit = pipeline.memory_limit;
    options.temp_folder = scratch_.path() + "/spill";
    SLUICE_ASSIGN(const auto database, sql::open_database("", options));
    SLUICE_ASSIGN(const auto session, database->connect());
    SLUICE_TRY(sql::set_time_zone(*session, pipeline.time_zone));
    for (const config::SinkEntry& sink : after_.file.sinks) {
      SLUICE_ASSIGN(SinkDifference made, compare_sink(*session, sink));
      made_.sinks.push_back(std::move(made));
    }
    for (const config::SinkEntry& sink : before_.file.sinks) {
      if (find_sink(after_.file, sink.name) != nullptr) continue;
      SinkDifference dropped{.name = sink.name, .is_dropped = true};
      SLUICE_ASSIGN(dropped.before, count(*session, before_.rows(sink)));
      made_.sinks.push_back(std::move(dropped));
    }
    return {};
  }

  static Result<std::int64_t> count(sql::Session& session, const app::ComparedRows& rows) {
    SLUICE_ASSIGN(const auto text, session.value("SELECT count(*) FROM (" + rows.select + "\n)"));
    return std::stoll(text.value_or("0"));
  }

  Result<SinkDifference> compare_sink(sql::Session& session, const config::SinkEntry& sink) const {
    const config::SinkEntry* const was = find_sink(before_.file, sink.name);
    if (was == nullptr) {
      SinkDifference made{.name = sink.name, .is_new = true};
      SLUICE_ASSIGN(made.after, count(session, after_.rows(sink)));
      return made;
    }
    app::ComparedBy by;
    by.rows = options_.rows;
    if (const auto given = options_.keys.find(sink.name); given != options_.keys.end()) {
      by.keys = {given->second};
      by.is_given = true;
    } else {
      const auto now = key_of(sink, after_.planned);
      const auto then = key_of(*was, before_.planned);
      if (now) by.keys.push_back(*now);
      if (then && then != now) by.keys.push_back(*then);
    }
    auto made = app::row_difference(session, before_.rows(*was), after_.rows(sink), by);
    if (!made) return std::move(made).error().with("sink " + sink.name);
    made->name = sink.name;
    return made;
  }

  const Pipeline::Content& content_;
  const ShadowOptions& options_;
  const std::stop_token stop_;
  const std::string folder_;  // the pipeline's checkpoint
  const app::ShadowPlace place_;
  app::ScratchFolder scratch_;
  std::unique_ptr<state::Checkpoint> checkpoint_;  // a copy, in scratch_
  state::Position position_;
  std::optional<app::ShadowNote> note_;
  Version before_{.now = false};
  Version after_{.now = true};
  Shadowed made_;
};

}  // namespace

bool SinkDifference::differs() const {
  return is_new || is_dropped || changed > 0 || added > 0 || removed > 0;
}

bool Shadowed::differs() const {
  return std::ranges::any_of(sinks, [](const SinkDifference& sink) { return sink.differs(); });
}

Result<Shadowed> shadow(const Pipeline& pipeline, const ShadowOptions& options,
                        std::stop_token stop) {
  return at_border("compare with the last start",
                   [&] { return Shadow(pipeline.content(), options, std::move(stop)).run(); });
}

Result<bool> discard_shadow(const Pipeline& pipeline) {
  return at_border("remove the shadow", [&]() -> Result<bool> {
    const app::ShadowPlace place(pipeline.content().file.checkpoint);
    if (!std::filesystem::exists(place.folder)) return false;
    SLUICE_ASSIGN(const auto held, app::lock_shadow(place));
    std::error_code problem;
    std::filesystem::remove_all(place.folder, problem);
    if (!problem) return true;
    return Error(kind_of_errno(problem.value()),
                 "remove path=" + place.folder + ": " + problem.message());
  });
}

}  // namespace sluice
