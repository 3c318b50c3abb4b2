#include "app/rehearsal/test_run.h"

#include <algorithm>
#include <utility>

#include "app/rehearsal/rehearsal.h"
#include "app/rehearsal/scripted_source.h"
#include "engine/engine.h"
#include "formats/schema_option.h"

namespace sluice::app {
namespace {

/// When the first batch of a test begins, unless it says: 2024-01-01 00:00:00.
constexpr Micros kFirstStart = 1'704'067'200'000'000;
constexpr Micros kStep = 1'000'000;

class TestRun final : public RunListener {
 public:
  TestRun(const TestFile& file, const TestCase& test, const config::PipelineFile& pipeline)
      : file_(file), test_(test), pipeline_(pipeline), script_(starts(test), over_) {
    came_.resize(test.steps.size());
  }

  Result<CameSteps> run(std::stop_token stop) {
    SLUICE_TRY(check_names(file_, test_, pipeline_));
    SLUICE_TRY(replace_entries());
    SLUICE_ASSIGN(parts_, make_rehearsal(pipeline_));
    engine::Pipeline& pipeline = parts_->composition.pipeline;
    pipeline.trigger = {engine::Trigger::Kind::kAvailableNow, {}};
    pipeline.retries_max = 0;
    pipeline.threads = 1;
    for (std::size_t i = 0; i < pipeline.sources.size(); ++i) {
      SLUICE_TRY(replace_source(pipeline_.sources[i], pipeline.sources[i]));
    }
    for (std::size_t i = 0; i < pipeline.tables.size(); ++i) {
      SLUICE_TRY(replace_table(pipeline_.tables[i].source, pipeline.tables[i]));
    }
    for (const config::SinkEntry& sink : pipeline_.sinks) add_sink(sink, pipeline);
    const std::stop_callback by_user(stop, [this] { over_.request_stop(); });
    const engine::Surroundings surroundings{script_, parts_->random, *parts_->files, *this};
    RunSummary summary;
    auto done = engine::run_pipeline(pipeline, surroundings, summary, over_.get_token());
    if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
    CameSteps all;
    if (!done && has_begun_) {
      all.error = done.error().message();
    } else {
      SLUICE_TRY(std::move(done));
    }
    all.steps = std::move(came_);
    return all;
  }

  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override { has_begun_ = true; }
  void on_batch(const BatchProgress& progress) override {
    for (const ViewProgress& view : progress.views) {
      if (view.late > 0) came_[script_.step()].late[view.name] += view.late;
    }
    script_.advance();
  }
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}

 private:
  static std::vector<Micros> starts(const TestCase& test) {
    std::vector<Micros> starts;
    for (const TestStep& step : test.steps) {
      const Micros next = starts.empty() ? kFirstStart : starts.back() + kStep;
      starts.push_back(step.at.value_or(next));
    }
    return starts;
  }

  /// What has columns in the file of tests is not composed of its own connector, which may ask
  /// outside what they are.
  Status replace_entries() {
    for (config::SourceEntry& source : pipeline_.sources) replace_entry(source);
    for (config::TableEntry& table : pipeline_.tables) replace_entry(table.source);
    return {};
  }

  void replace_entry(config::SourceEntry& entry) const {
    if (!file_.columns.contains(entry.name)) return;
    const Location& place = entry.connector.location;
    ConfigValue name = ConfigValue::scalar(entry.name, /*quoted=*/true, place);
    entry.connector = {"memory", ConfigValue::map({{"name", place, std::move(name)}}, place),
                       place};
    entry.format.reset();
    entry.metadata.clear();
  }

  Error has_no_columns(const config::SourceEntry& entry) const {
    return ConfigValue::null(test_.location)
        .error("'" + entry.name + "' is read from " + entry.connector.kind +
               ", which says itself what its columns are, and a test does not look; name them in "
               "the file of tests: columns: {" +
               entry.name + ": {id: BIGINT, ...}}");
  }

  Status replace_source(const config::SourceEntry& entry, engine::SourcePart& part) {
    if (part.source->is_columnar()) return has_no_columns(entry);
    std::vector<const ConfigValue*> rows;
    for (const TestStep& step : test_.steps) {
      const auto found = step.rows.find(entry.name);
      rows.push_back(found == step.rows.end() ? nullptr : &found->second);
    }
    part.dead_letter = std::make_unique<RowsSink>(
        [this, name = entry.name](data::BatchId,
                                  connector::BatchTable& letters) -> Result<std::uint64_t> {
          SLUICE_ASSIGN(CameRows came, read_rows(letters, {}));
          const std::uint64_t count = came.rows.size();
          came_[script_.step()].dead_letters[name] = std::move(came);
          return count;
        });
    return replace(entry, rows, &script_, part);
  }

  Status replace_table(const config::SourceEntry& entry, engine::TablePart& part) {
    if (!part.source || part.source->source->is_columnar()) return has_no_columns(entry);
    return replace(entry, {&test_.tables.at(entry.name)}, nullptr, *part.source);
  }

  Status replace(const config::SourceEntry& entry, const std::vector<const ConfigValue*>& rows,
                 Script* script, engine::SourcePart& part) {
    if (const auto columns = file_.columns.find(entry.name); columns != file_.columns.end()) {
      SLUICE_ASSIGN(const data::Schema schema, formats::parse_schema(columns->second));
      part.columns.clear();
      for (std::size_t i = 0; i < schema.size(); ++i) part.columns.push_back({schema[i], false, i});
      part.source = std::make_unique<ScriptedSource>(schema, /*has_payload=*/false, script);
    } else {
      part.source = std::make_unique<ScriptedSource>(part.source->schema(),
                                                     part.source->has_payload(), script);
    }
    part.limit = {};
    SLUICE_ASSIGN(auto maker, RecordMaker::make(entry, part, parts_->registry, *parts_->files));
    std::vector<std::vector<GivenRecord>> records;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::vector<GivenRecord>& of_step = records.emplace_back();
      if (rows[i] == nullptr) continue;
      SLUICE_ASSIGN(of_step, maker->records(*rows[i], starts(test_)[i]));
    }
    static_cast<ScriptedSource&>(*part.source).give(std::move(records), maker->own());
    makers_.push_back(std::move(maker));
    return {};
  }

  void add_sink(const config::SinkEntry& sink, engine::Pipeline& pipeline) {
    connector::ChunkRequest request;
    if (sink.mode == connector::OutputMode::kUpsert) request.upsert = sink.upsert;
    engine::SinkPart part =
        rows_part(sink.name, sink.from, sink.mode,
                  [this, name = sink.name, request](
                      data::BatchId, connector::BatchTable& rows) -> Result<std::uint64_t> {
                    SLUICE_ASSIGN(CameRows came, read_rows(rows, request));
                    const std::uint64_t count = came.rows.size();
                    came_[script_.step()].sinks[name] = std::move(came);
                    return count;
                  });
    part.location = sink.location;
    part.upsert = sink.upsert;
    part.delete_when = {sink.delete_when, sink.delete_when_location};
    pipeline.sinks.push_back(std::move(part));
  }

  const TestFile& file_;
  const TestCase& test_;
  config::PipelineFile pipeline_;
  std::stop_source over_;
  Script script_;
  std::vector<std::unique_ptr<RecordMaker>> makers_;
  std::vector<CameStep> came_;
  bool has_begun_ = false;
  std::unique_ptr<Runnable> parts_;  // its sources use what is above
};

}  // namespace

Result<CameSteps> run_test(const TestFile& file, const TestCase& test,
                           const config::PipelineFile& pipeline, std::stop_token stop) {
  return TestRun(file, test, pipeline).run(std::move(stop));
}

}  // namespace sluice::app
