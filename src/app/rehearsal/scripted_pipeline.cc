#include "app/rehearsal/scripted_pipeline.h"

#include <algorithm>
#include <utility>

#include "app/rehearsal/rehearsal.h"
#include "formats/schema_option.h"

namespace sluice::app {
namespace {

/// When the first batch of a test begins, unless it says: 2024-01-01 00:00:00.
constexpr Micros kFirstStart = 1'704'067'200'000'000;
constexpr Micros kStep = 1'000'000;

std::vector<Micros> starts(const TestCase& test) {
  std::vector<Micros> starts;
  for (const TestStep& step : test.steps) {
    const Micros next = starts.empty() ? kFirstStart : starts.back() + kStep;
    starts.push_back(step.at.value_or(next));
  }
  return starts;
}

Error has_no_columns(const TestCase& test, const config::SourceEntry& entry) {
  return ConfigValue::null(test.location)
      .error("'" + entry.name + "' is read from " + entry.connector.kind +
             ", which says itself what its columns are, and a test does not look; name them in "
             "the file of tests: columns: {" +
             entry.name + ": {id: BIGINT, ...}}");
}

/// Of the source or table, one list for each of `rows` (null: there are none).
Result<std::vector<std::vector<GivenRecord>>> records_of(
    const ScriptedRequest& request, const std::string& name, RecordMaker& maker,
    const std::vector<const ConfigValue*>& rows) {
  if (request.made != nullptr) {
    if (const auto known = request.made->find(name); known != request.made->end()) {
      return known->second;
    }
  }
  const std::vector<Micros> begin = starts(request.test);
  std::vector<std::vector<GivenRecord>> records(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == nullptr) continue;
    SLUICE_ASSIGN(records[i], maker.records(*rows[i], begin[i]));
  }
  if (request.made != nullptr) (*request.made)[name] = records;
  return records;
}

/// Adds the records of a batch to what there is for each part of it.
void add_parts(std::vector<GivenRecord> records, std::size_t parts,
               const std::vector<std::size_t>* part_of,
               std::vector<std::vector<GivenRecord>>& by_moment) {
  const std::size_t first = by_moment.size();
  by_moment.resize(first + parts);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::size_t part = part_of == nullptr ? 0 : (*part_of)[i];
    by_moment[first + part].push_back(std::move(records[i]));
  }
}

}  // namespace

std::vector<Moment> moments_of(const TestCase& test, const Cuts& cuts) {
  using engine::BatchPart;
  const std::vector<Micros> begin = starts(test);
  std::vector<Moment> moments;
  for (std::size_t batch = 0; batch < test.steps.size(); ++batch) {
    const std::size_t parts = cuts.parts_of(batch);
    for (std::size_t part = 0; part < parts; ++part) {
      const BatchPart kind = parts == 1          ? BatchPart::kWhole
                             : part + 1 == parts ? BatchPart::kLastPart
                                                 : BatchPart::kPart;
      moments.push_back({batch, part, begin[batch], kind});
    }
  }
  return moments;
}

Result<std::unique_ptr<ScriptedPipeline>> ScriptedPipeline::make(const ScriptedRequest& request,
                                                                 Script& script) {
  std::unique_ptr<ScriptedPipeline> made(new ScriptedPipeline(request.pipeline));
  config::PipelineFile& entries = made->entries_;
  for (config::SourceEntry& source : entries.sources) made->replace_entry(request.file, source);
  for (config::TableEntry& table : entries.tables) made->replace_entry(request.file, table.source);
  SLUICE_ASSIGN(made->parts_, make_rehearsal(entries, request.checkpoint));
  engine::Pipeline& pipeline = made->pipeline();
  pipeline.trigger = {engine::Trigger::Kind::kAvailableNow, {}};
  pipeline.retries_max = 0;
  pipeline.threads = 1;
  for (std::size_t i = 0; i < pipeline.sources.size(); ++i) {
    SLUICE_TRY(made->replace_source(request, entries.sources[i], script, pipeline.sources[i]));
  }
  for (std::size_t i = 0; i < pipeline.tables.size(); ++i) {
    SLUICE_TRY(made->replace_table(request, entries.tables[i].source, pipeline.tables[i]));
  }
  return made;
}

bool ScriptedPipeline::was_read(std::size_t moment) const {
  const auto has_records = [&](const ScriptedSource* source) {
    return source->has_records(moment);
  };
  const auto was_read = [&](const ScriptedSource* source) { return source->was_read(moment); };
  return std::ranges::any_of(sources_, has_records) && std::ranges::all_of(sources_, was_read);
}

/// What has columns in the file of tests is not composed of its own connector, which may ask
/// outside what they are.
void ScriptedPipeline::replace_entry(const TestFile& file, config::SourceEntry& entry) const {
  if (!file.columns.contains(entry.name)) return;
  const Location& place = entry.connector.location;
  ConfigValue name = ConfigValue::scalar(entry.name, /*quoted=*/true, place);
  entry.connector = {"memory", ConfigValue::map({{"name", place, std::move(name)}}, place), place};
  entry.format.reset();
  entry.metadata.clear();
}

Status ScriptedPipeline::replace_source(const ScriptedRequest& request,
                                        const config::SourceEntry& entry, Script& script,
                                        engine::SourcePart& part) {
  if (part.source->is_columnar()) return has_no_columns(request.test, entry);
  SLUICE_ASSIGN(RecordMaker * maker, replace(request, entry, &script, part));
  std::vector<const ConfigValue*> rows;
  for (const TestStep& step : request.test.steps) {
    const auto found = step.rows.find(entry.name);
    rows.push_back(found == step.rows.end() ? nullptr : &found->second);
  }
  SLUICE_ASSIGN(auto records, records_of(request, entry.name, *maker, rows));
  const auto cut = request.cuts.part_of.find(entry.name);
  std::vector<std::vector<GivenRecord>> by_moment;
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::vector<std::int32_t>& partitions = partitions_[entry.name].emplace_back();
    for (const GivenRecord& record : records[i]) partitions.push_back(record.origin.partition);
    add_parts(std::move(records[i]), request.cuts.parts_of(i),
              cut == request.cuts.part_of.end() ? nullptr : &cut->second[i], by_moment);
  }
  auto& source = static_cast<ScriptedSource&>(*part.source);
  source.give(std::move(by_moment), maker->own());
  sources_.push_back(&source);
  return {};
}

Status ScriptedPipeline::replace_table(const ScriptedRequest& request,
                                       const config::SourceEntry& entry, engine::TablePart& part) {
  if (!part.source || part.source->source->is_columnar()) {
    return has_no_columns(request.test, entry);
  }
  SLUICE_ASSIGN(RecordMaker * maker, replace(request, entry, nullptr, *part.source));
  const std::vector<const ConfigValue*> rows = {&request.test.tables.at(entry.name)};
  SLUICE_ASSIGN(auto records, records_of(request, entry.name, *maker, rows));
  static_cast<ScriptedSource&>(*part.source->source).give(std::move(records), maker->own());
  return {};
}

Result<RecordMaker*> ScriptedPipeline::replace(const ScriptedRequest& request,
                                               const config::SourceEntry& entry, Script* script,
                                               engine::SourcePart& part) {
  const auto& all = request.file.columns;
  if (const auto columns = all.find(entry.name); columns != all.end()) {
    SLUICE_ASSIGN(const data::Schema schema, formats::parse_schema(columns->second));
    part.columns.clear();
    for (std::size_t i = 0; i < schema.size(); ++i) part.columns.push_back({schema[i], false, i});
    part.source = std::make_unique<ScriptedSource>(schema, /*has_payload=*/false, script);
  } else {
    part.source =
        std::make_unique<ScriptedSource>(part.source->schema(), part.source->has_payload(), script);
  }
  part.limit = {};
  SLUICE_ASSIGN(auto maker, RecordMaker::make(entry, part, parts_->registry, *parts_->files));
  makers_.push_back(std::move(maker));
  return makers_.back().get();
}

}  // namespace sluice::app
