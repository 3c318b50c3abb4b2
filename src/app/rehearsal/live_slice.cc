#include "app/rehearsal/live_slice.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "app/kafka/scanned_records.h"
#include "app/rehearsal/rehearsal.h"
#include "app/rehearsal/slice_source.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/engine.h"

namespace sluice::app {
namespace {

using connector::OutputMode;

/// After records have come, and then none for so long, no more are waited for.
constexpr std::chrono::milliseconds kQuiet{2000};
constexpr std::chrono::milliseconds kLook{20};
/// How often a batch is made: at the pipeline's own interval where that lies between the two.
constexpr std::chrono::microseconds kEveryMin{200'000};
constexpr std::chrono::microseconds kEveryMax{1'000'000};

std::string table_view(const std::string& table) { return "recorded_rows_of_" + table; }

/// The own columns of the records of a source, as they are given to it again.
class OwnColumns {
 public:
  static Result<std::unique_ptr<OwnColumns>> make(const engine::SourcePart& part) {
    const data::Schema& own = part.source->schema();
    std::vector<sql::ScanColumn> columns;
    for (const sql::ScanColumn& column : part.columns) {
      if (column.decoded || column.index >= own.size()) continue;
      columns.push_back({own[column.index], false, column.index});
    }
    auto made = std::make_unique<OwnColumns>();
    if (columns.empty()) return made;
    SLUICE_ASSIGN(made->scanned_, ScannedRecords::make(std::move(columns), nullptr));
    made->schema_ = connector::chunk_schema(made->scanned_->schema());
    SLUICE_ASSIGN(RowReader reader,
                  RowReader::make(made->schema_, made->scanned_->zone(), RowForm::kGiven));
    made->reader_ = std::make_unique<RowReader>(std::move(reader));
    return made;
  }

  /// One map a record.
  Result<std::vector<ConfigValue>> read(const data::RecordBatch& batch) {
    std::vector<ConfigValue> rows;
    if (scanned_ == nullptr) {
      rows.resize(batch.size());
      return rows;
    }
    SLUICE_TRY(scanned_->read(batch, [&](const connector::RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows; ++row) {
        SLUICE_ASSIGN(ConfigValue one, reader_->row(chunk.columns, row));
        rows.push_back(std::move(one));
      }
      return true;
    }));
    return rows;
  }

 private:
  std::unique_ptr<ScannedRecords> scanned_;  // null: there are none
  data::Schema schema_;
  std::unique_ptr<RowReader> reader_;
};

class LiveRun final : public RunListener {
 public:
  LiveRun(const config::PipelineFile& file, const LiveRequest& request)
      : file_(file), request_(request), slice_(request.batches_max, request.records_max) {}

  Result<LiveSlice> run(std::stop_token stop) {
    SLUICE_ASSIGN(made_.parts, make_rehearsal(file_));
    engine::Pipeline& pipeline = made_.parts->composition.pipeline;
    SLUICE_TRY(prepare(pipeline));
    const std::stop_callback by_user(stop, [this] { enough_.request_stop(); });
    const engine::Surroundings surroundings{made_.parts->clock, made_.parts->random,
                                            *made_.parts->files, *this};
    RunSummary summary;
    const auto deadline = clock_.steady() + request_.timeout;
    Status done = [&] {
      const std::jthread bell = start_thread(
          "record", [&](const std::stop_token& over) { ring(over, deadline); },
          [](const Error& error) { log_warn("the recording's clock: " + error.message()); });
      return engine::run_pipeline(pipeline, surroundings, summary, enough_.get_token());
    }();
    if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
    SLUICE_TRY(std::move(done));
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      made_.has_more[file_.sources[i].name] = sources_[i]->has_more();
    }
    made_.has_timed_out = is_late_;
    return std::move(made_);
  }

  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override {}
  void on_batch(const BatchProgress& progress) override {
    for (const ViewProgress& view : progress.views) {
      if (view.late > 0) step_.came.late[view.name] += view.late;
    }
    step_.started = progress.started_us;
    if (step_.has_records()) {
      slice_.count_batch();
      last_ = clock_.steady().count();
    }
    made_.steps.push_back(std::exchange(step_, {}));
  }
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}

 private:
  /// Until the run is over.
  void ring(const std::stop_token& over, std::chrono::nanoseconds deadline) {
    while (!over.stop_requested() && !enough_.stop_requested()) {
      is_late_ = clock_.steady() >= deadline;
      const std::int64_t last = last_;
      const bool is_quiet = last != 0 && clock_.steady() - std::chrono::nanoseconds(last) > kQuiet;
      // A full slice ends by itself, once the watermark has made final what it makes.
      if (is_late_ || (is_quiet && !slice_.is_full())) enough_.request_stop();
      clock_.sleep_for(kLook, over);
    }
  }

  Status prepare(engine::Pipeline& pipeline) {
    std::chrono::microseconds every = kEveryMin;
    if (file_.trigger.kind == config::TriggerEntry::Kind::kEvery) {
      every = std::chrono::microseconds(file_.trigger.every_us);
    }
    pipeline.trigger = {engine::Trigger::Kind::kEvery, std::clamp(every, kEveryMin, kEveryMax)};
    pipeline.retries_max = 0;
    pipeline.threads = 1;
    made_.has_sinks = true;
    for (std::size_t i = 0; i < pipeline.sources.size(); ++i) {
      SLUICE_TRY(tap(file_.sources[i], pipeline.sources[i], pipeline));
    }
    for (std::size_t i = 0; i < pipeline.tables.size(); ++i) {
      SLUICE_TRY(tap_table(file_.tables[i].source, pipeline.tables[i], pipeline));
    }
    if (!made_.has_sinks) return {};
    for (const config::SinkEntry& sink : file_.sinks) add_sink(sink, pipeline);
    return {};
  }

  /// Puts something before the source that sees what it gives.
  Status tap(const config::SourceEntry& entry, engine::SourcePart& part,
             engine::Pipeline& pipeline) {
    SliceSource::Take take = [](const data::RecordBatch&) -> Status { return {}; };
    if (needs_columns(entry, part, made_.parts->registry)) {
      // One batch of it may be a file of millions of rows.
      made_.has_sinks = false;
      const auto rows_max = static_cast<std::size_t>(request_.records_max);
      pipeline.sinks.push_back(
          rows_part("recorded_rows_of_" + entry.name, entry.name, OutputMode::kAppend,
                    [this, name = entry.name, rows_max](
                        data::BatchId, connector::BatchTable& rows) -> Result<std::uint64_t> {
                      SLUICE_ASSIGN(TakenRows taken, take_rows(rows, rows_max));
                      const std::uint64_t count = taken.rows.rows.size();
                      if (count > 0) step_.sources[name] = std::move(taken);
                      return count;
                    }));
    } else {
      SLUICE_ASSIGN(take, taker(part, [this, name = entry.name] { return &step_.sources[name]; }));
      note_letters(entry, part);
    }
    auto source = std::make_unique<SliceSource>(std::move(part.source), &slice_, std::move(take));
    sources_.push_back(source.get());
    part.source = std::move(source);
    part.limit.records = std::min(part.limit.records, request_.records_max);
    return {};
  }

  Status tap_table(const config::SourceEntry& entry, engine::TablePart& part,
                   engine::Pipeline& pipeline) {
    if (part.source && !needs_columns(entry, *part.source, made_.parts->registry)) {
      TakenRows* const to = &made_.tables[entry.name];
      SLUICE_ASSIGN(SliceSource::Take take, taker(*part.source, [to] {
                      // What was read before the refresh counts no more.
                      *to = {};
                      return to;
                    }));
      part.source->source =
          std::make_unique<SliceSource>(std::move(part.source->source), nullptr, std::move(take));
      return {};
    }
    sql::ViewText view;
    view.name = table_view(entry.name);
    view.sql = "SELECT * FROM " + data::quote_identifier(entry.name);
    view.location = entry.location;
    pipeline.views.push_back(std::move(view));
    pipeline.sinks.push_back(
        rows_part(table_view(entry.name), table_view(entry.name), OutputMode::kComplete,
                  [this, name = entry.name](data::BatchId,
                                            connector::BatchTable& rows) -> Result<std::uint64_t> {
                    SLUICE_ASSIGN(made_.tables[name], take_rows(rows, kTableRowsMax));
                    return made_.tables[name].rows.rows.size();
                  }));
    return {};
  }

  static Result<TakenRows> take_rows(connector::BatchTable& rows, std::size_t rows_max) {
    TakenRows taken;
    SLUICE_ASSIGN(taken.rows, read_rows(rows, {}, RowForm::kGiven, rows_max + 1));
    taken.is_cut = taken.rows.rows.size() > rows_max;
    if (taken.is_cut) taken.rows.rows.resize(rows_max);
    return taken;
  }

  /// Copies the records of each batch to where `place` says.
  Result<SliceSource::Take> taker(const engine::SourcePart& part,
                                  std::function<TakenRows*()> place) {
    SLUICE_ASSIGN(std::shared_ptr<OwnColumns> own, OwnColumns::make(part));
    const bool has_payload = part.decoder != nullptr;
    return SliceSource::Take(
        [own, has_payload, place = std::move(place)](const data::RecordBatch& batch) -> Status {
          if (batch.size() == 0) return {};
          SLUICE_ASSIGN(std::vector<ConfigValue> columns, own->read(batch));
          TakenRows& to = *place();
          for (std::size_t i = 0; i < batch.size(); ++i) {
            to.is_cut = to.records.size() >= kTableRowsMax;
            if (to.is_cut) return {};
            TakenRecord& record = to.records.emplace_back();
            record.own = std::move(columns[i]);
            if (!has_payload || batch.payloads()[i].bytes == nullptr) continue;
            record.payload = std::string(batch.payloads()[i].text());
          }
          return {};
        });
  }

  void note_letters(const config::SourceEntry& entry, engine::SourcePart& part) {
    part.dead_letter = std::make_unique<RowsSink>(
        [this, name = entry.name](data::BatchId,
                                  connector::BatchTable& letters) -> Result<std::uint64_t> {
          SLUICE_ASSIGN(step_.came.dead_letters[name], read_rows(letters, {}));
          return step_.came.dead_letters[name].rows.size();
        });
  }

  void add_sink(const config::SinkEntry& sink, engine::Pipeline& pipeline) {
    connector::ChunkRequest request;
    if (sink.mode == OutputMode::kUpsert) request.upsert = sink.upsert;
    engine::SinkPart part =
        rows_part(sink.name, sink.from, sink.mode,
                  [this, name = sink.name, request](
                      data::BatchId, connector::BatchTable& rows) -> Result<std::uint64_t> {
                    SLUICE_ASSIGN(step_.came.sinks[name], read_rows(rows, request));
                    return step_.came.sinks[name].rows.size();
                  });
    part.location = sink.location;
    part.upsert = sink.upsert;
    part.delete_when = {sink.delete_when, sink.delete_when_location};
    pipeline.sinks.push_back(std::move(part));
  }

  const config::PipelineFile& file_;
  const LiveRequest& request_;
  SystemClock clock_;
  Slice slice_;
  std::stop_source enough_;
  std::atomic<std::int64_t> last_{0};  // when records came last, steady; 0: none have
  std::atomic<bool> is_late_ = false;
  TakenStep step_;                     // the batch in hand
  std::vector<SliceSource*> sources_;  // the pipeline's
  LiveSlice made_;
};

}  // namespace

bool needs_columns(const config::SourceEntry& entry, const engine::SourcePart& part,
                   const connector::Registry& registry) {
  if (part.source->is_columnar()) return true;
  const connector::SourceKind* kind = registry.source(entry.connector.kind);
  return part.decoder != nullptr && !entry.format && kind->format.empty();
}

Result<LiveSlice> take_slice(const config::PipelineFile& file, const LiveRequest& request,
                             std::stop_token stop) {
  return LiveRun(file, request).run(std::move(stop));
}

}  // namespace sluice::app
