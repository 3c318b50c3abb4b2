#include "sluice/preview.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include "app/pipeline/pipeline_content.h"
#include "app/rehearsal/first_rows.h"
#include "app/rehearsal/quiet_source.h"
#include "app/rehearsal/rehearsal.h"
#include "base/border.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/quantity_text.h"
#include "base/thread.h"
#include "engine/engine.h"

namespace sluice {
namespace {

using connector::OutputMode;

/// Of each source, so that a view that needs few records does not wait for many.
constexpr std::int64_t kRecordsOfBatch = 10'000;
/// Where fewer have come than a run before has read, more are on their way: waited for so long.
constexpr std::chrono::milliseconds kQuiet{1000};
constexpr std::chrono::milliseconds kLook{20};

/// A part, as a sink of the engine.
struct Wished {
  std::string name;
  std::string from;
  OutputMode mode = OutputMode::kAppend;
  std::string title{};
  Location location{};  ///< of a sink, for messages
  bool is_sink = false;
  bool is_source = false;
};

/// When something came last, and how much; asked by another thread.
class Activity final : public RunListener {
 public:
  /// `quiet`: as PreviewRequest has it; `known`: rows that there are at least.
  Activity(const Clock& clock, std::chrono::nanoseconds quiet, std::int64_t known)
      : clock_(clock), quiet_(quiet), known_(known) {}

  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override {}
  void on_batch(const BatchProgress& progress) override {
    const std::int64_t rows = rows_of(progress);
    if (rows == 0) return;
    rows_ += rows;
    last_ = clock_.steady().count();
  }
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}

  bool is_quiet() const {
    const std::int64_t last = last_;
    if (last == 0) return false;
    const auto quiet = rows_ < known_ ? std::max<std::chrono::nanoseconds>(quiet_, kQuiet) : quiet_;
    return clock_.steady() - std::chrono::nanoseconds(last) > quiet;
  }
  std::int64_t rows() const { return rows_; }

 private:
  const Clock& clock_;
  const std::chrono::nanoseconds quiet_;
  const std::int64_t known_;
  std::atomic<std::int64_t> rows_{0};
  std::atomic<std::int64_t> last_{0};  ///< 0: nothing has come
};

class Previewer {
 public:
  Previewer(const config::PipelineFile& file, const PreviewRequest& request, std::stop_token stop)
      : file_(file), request_(request), stop_(std::move(stop)) {}

  Result<Preview> make() {
    const auto deadline = clock_.steady() + request_.timeout;
    SLUICE_TRY(find_parts());
    SLUICE_TRY(run(engine::Trigger::Kind::kAvailableNow, deadline));
    // A topic that begins at its end, a generator that has just begun.
    const bool may_come = is_live_ && records() < static_cast<std::int64_t>(request_.rows) &&
                          !made_.has_timed_out && !file_.sources.empty();
    if (may_come) SLUICE_TRY(run(engine::Trigger::Kind::kContinuous, deadline));
    for (std::size_t i = 0; i < wished_.size(); ++i) {
      PreviewedPart part = rows_[i].part();
      part.title = wished_[i].title;
      if (rows_[i].rows() == 0) part.note = why_empty(wished_[i]);
      made_.parts.push_back(std::move(part));
    }
    return std::move(made_);
  }

 private:
  Status find_parts() {
    SLUICE_ASSIGN(const auto planned, app::make_rehearsal(file_));
    SLUICE_ASSIGN(const sql::Plan plan, engine::check_pipeline(planned->composition.pipeline));
    if (request_.parts.empty()) {
      for (const config::SinkEntry& sink : file_.sinks) add_sink(sink);
      if (wished_.empty()) {
        return user_error(file_.path + ": has no sinks; choose what to see with --view NAME" +
                          names_text());
      }
    }
    for (const std::string& name : request_.parts) {
      const bool is_there = std::ranges::find(wished_, name, &Wished::name) != wished_.end();
      if (!is_there) SLUICE_TRY(add_part(name, plan));
    }
    return {};
  }

  Status add_part(const std::string& name, const sql::Plan& plan) {
    Wished part{.name = name, .from = name, .title = "source " + name};
    if (plan.sources.contains(name)) {
      part.is_source = true;
    } else if (const sql::ViewPlan* view = plan.find(name)) {
      part.title = "view " + name;
      choose_mode(*view, part);
    } else {
      const auto sink = std::ranges::find(file_.sinks, name, &config::SinkEntry::name);
      if (sink == file_.sinks.end()) return refuse(name);
      add_sink(*sink);
      return {};
    }
    wished_.push_back(std::move(part));
    return {};
  }

  void add_sink(const config::SinkEntry& sink) {
    Wished part{.name = sink.name, .from = sink.from, .mode = connector::rows_mode(sink.mode)};
    part.is_sink = true;
    part.title = "sink " + sink.name + ", mode " +
                 std::string(connector::output_mode_name(sink.mode)) + " from " + sink.from;
    part.location = sink.location;
    wished_.push_back(std::move(part));
  }

  /// The whole result where there is one: nothing is final yet of what only append mode has.
  static void choose_mode(const sql::ViewPlan& view, Wished& part) {
    if (view.kind == sql::ViewKind::kStateless) return;
    if (view.modes.contains(OutputMode::kComplete)) {
      part.mode = OutputMode::kComplete;
      part.title += ": what the rows read so far give";
    } else if (!view.modes.contains(OutputMode::kAppend)) {
      part.mode = OutputMode::kUpdate;
      part.title += ": rows as they change";
    }
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& source : file_.sources) all.push_back(source.name);
    for (const auto& view : file_.views) all.push_back(view.name);
    for (const auto& sink : file_.sinks) all.push_back(sink.name);
    return all;
  }

  std::string names_text() const {
    std::string text;
    for (const std::string& name : names()) text += (text.empty() ? "; it has " : ", ") + name;
    return text;
  }

  Error refuse(const std::string& name) const {
    const auto table = std::ranges::find(
        file_.tables, name, [](const config::TableEntry& entry) { return entry.source.name; });
    if (table != file_.tables.end()) {
      return user_error(table->source.location.to_string() + ": '" + name +
                        "' is a table, which is read in full and not previewed; look at a view "
                        "that reads it, or at the table itself with sluice show");
    }
    const std::string guess = did_you_mean(name, names());
    return user_error(file_.path + ": has no source, view or sink '" + name + "'" +
                      (guess.empty() ? names_text() : guess));
  }

  /// Read of all sources.
  std::int64_t records() const {
    std::int64_t sum = 0;
    for (const PreviewedSource& source : made_.sources) sum += source.records;
    return sum;
  }

  std::string why_empty(const Wished& part) const {
    if (records() == 0 && !file_.sources.empty()) {
      return made_.has_timed_out
                 ? "nothing has come in " + duration_text(request_.timeout.count()) +
                       "; a source may begin at its end (start: latest): --timeout waits longer"
                 : "there is nothing to read";
    }
    const std::string read = "no row of " + counted(records(), "record", "records") + " read";
    if (part.is_source) return read;
    if (part.is_sink && part.mode == OutputMode::kAppend) {
      return read +
             " has got here: WHERE or a join drops them, or none is final yet, since the "
             "watermark has to pass it; --view " +
             part.from + " shows what is there";
    }
    return read + " has got here";
  }

  /// Puts the parts into a pipeline that is to run.
  void prepare(engine::Pipeline& pipeline, std::stop_source& enough) {
    rows_.clear();
    has_final_rows_ = false;
    for (std::size_t i = 0; i < wished_.size(); ++i) rows_.emplace_back(request_);
    for (std::size_t i = 0; i < wished_.size(); ++i) {
      const bool replaces = wished_[i].mode == OutputMode::kComplete;
      pipeline.sinks.push_back(
          app::rows_part(wished_[i].name, wished_[i].from, wished_[i].mode,
                         [this, i, replaces, &enough](
                             data::BatchId, connector::BatchTable& rows) -> Result<std::uint64_t> {
                           SLUICE_ASSIGN(const std::uint64_t count, rows_[i].add(rows, replaces));
                           has_final_rows_ = have_final_rows();
                           if (has_final_rows_ && !shows_results()) enough.request_stop();
                           return count;
                         }));
    }
    is_live_ = true;
    for (std::size_t i = 0; i < wished_.size(); ++i) {
      pipeline.sinks[i].location = wished_[i].location;
    }
    for (engine::SourcePart& source : pipeline.sources) {
      // A pipe gives nothing twice, and what ends by itself was read to its end.
      is_live_ = is_live_ && source.source->ending({}) == connector::Ending::kNever;
      source.source =
          std::make_unique<app::QuietSource>(std::move(source.source), request_.records_max);
      source.limit.records = std::min(source.limit.records, kRecordsOfBatch);
    }
    pipeline.retries_max = 0;
  }

  /// Of rows that are final the first ones do.
  bool have_final_rows() const {
    for (std::size_t i = 0; i < wished_.size(); ++i) {
      if (wished_[i].mode != OutputMode::kComplete && !rows_[i].has_enough()) return false;
    }
    return true;
  }

  /// Whole results may change with each record that there is.
  bool shows_results() const {
    return std::ranges::find(wished_, OutputMode::kComplete, &Wished::mode) != wished_.end();
  }

  Status run(engine::Trigger::Kind trigger, std::chrono::nanoseconds deadline) {
    SLUICE_ASSIGN(const auto parts, app::make_rehearsal(file_));
    engine::Pipeline& pipeline = parts->composition.pipeline;
    pipeline.trigger = {trigger, {}};
    std::stop_source enough;
    prepare(pipeline, enough);
    const std::stop_callback by_user(stop_, [&enough] { enough.request_stop(); });
    Activity activity(clock_, request_.quiet, known_rows_);
    std::atomic<bool> late = false;
    const bool waits = trigger == engine::Trigger::Kind::kContinuous;
    const std::int64_t wanted =
        std::max<std::int64_t>(static_cast<std::int64_t>(request_.rows), known_rows_);
    RunSummary summary;
    const engine::Surroundings surroundings{parts->clock, parts->random, *parts->files, activity};
    Status done = [&] {
      const std::jthread bell = start_thread(
          "preview",
          [&](const std::stop_token& over) {
            while (!over.stop_requested() && !enough.stop_requested()) {
              late = clock_.steady() >= deadline;
              const bool is_there =
                  activity.is_quiet() || (has_final_rows_ && activity.rows() >= wanted);
              if (late || (waits && is_there)) enough.request_stop();
              clock_.sleep_for(kLook, over);
            }
          },
          [&](const Error& error) { log_warn("the preview's clock: " + error.message()); });
      return engine::run_pipeline(pipeline, surroundings, summary, enough.get_token());
    }();
    if (stop_.stop_requested()) return Error(Kind::kCancelled, "stopped");
    SLUICE_TRY(std::move(done));
    known_rows_ = activity.rows();
    made_.has_timed_out = late;
    note_sources(summary);
    return {};
  }

  void note_sources(const RunSummary& summary) {
    made_.sources.clear();
    for (const config::SourceEntry& entry : file_.sources) {
      PreviewedSource& source = made_.sources.emplace_back();
      source.name = entry.name;
      const auto found = std::ranges::find(summary.sources, entry.name, &SourceProgress::name);
      if (found == summary.sources.end()) continue;
      source.records = found->rows;
      source.dead_letters = found->dead_letters;
      for (const DeadLetterReason& reason : found->reasons) {
        source.undecoded.push_back(reason.first + ": " + reason.reason);
      }
    }
  }

  const config::PipelineFile& file_;
  const PreviewRequest& request_;
  const std::stop_token stop_;
  SystemClock clock_;
  std::vector<Wished> wished_;
  std::deque<app::FirstRows> rows_;          // one for each that is wished for
  std::atomic<bool> has_final_rows_{false};  ///< each part but whole results
  bool is_live_ = false;                     ///< more may come in each of the sources
  std::int64_t known_rows_ = 0;              ///< that a run has read
  Preview made_;
};

}  // namespace

Result<Preview> preview(const Pipeline& pipeline, const PreviewRequest& request,
                        std::stop_token stop) {
  return at_border("preview the pipeline", [&] {
    return Previewer(pipeline.content().file, request, std::move(stop)).make();
  });
}

}  // namespace sluice
