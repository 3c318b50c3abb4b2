#include "app/rehearsal/slice_draft.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "app/rehearsal/given_records.h"
#include "app/rehearsal/given_value.h"
#include "app/rehearsal/rehearsal.h"
#include "app/rehearsal/row_writer.h"
#include "base/quantity_text.h"
#include "base/timestamp_text.h"

namespace sluice::app {
namespace {

class Drafter {
 public:
  Drafter(const config::PipelineFile& file, const RecordRequest& request, LiveSlice& slice,
          Mask& mask)
      : file_(file), request_(request), slice_(slice), mask_(mask) {}

  Result<SliceDraft> make() {
    const engine::Pipeline& pipeline = slice_.parts->composition.pipeline;
    for (const TakenStep& step : slice_.steps) {
      TestDraft::Step& drafted = made_.test.steps.emplace_back();
      if (needs_clock()) drafted.at = clock_text(step.started);
    }
    for (std::size_t i = 0; i < file_.sources.size(); ++i) {
      SLUICE_TRY(write_source(file_.sources[i], pipeline.sources[i]));
    }
    for (std::size_t i = 0; i < file_.tables.size(); ++i) {
      const engine::TablePart& part = pipeline.tables[i];
      SLUICE_TRY(write_table(file_.tables[i].source, part.source ? &*part.source : nullptr));
    }
    return std::move(made_);
  }

 private:
  /// Whether it counts when a batch begins.
  bool needs_clock() const {
    const auto has_idle = [](const auto& entry) { return entry.watermark.idle_after_us > 0; };
    return std::ranges::any_of(file_.sources, has_idle) ||
           std::ranges::any_of(file_.views, has_idle);
  }

  Status write_source(const config::SourceEntry& entry, const engine::SourcePart& part) {
    RecordedSource& recorded = made_.sources.emplace_back();
    recorded.name = entry.name;
    bool is_cut = slice_.has_more[entry.name];
    std::unique_ptr<RowWriter> writer;
    for (std::size_t i = 0; i < slice_.steps.size(); ++i) {
      const TakenStep& step = slice_.steps[i];
      const auto found = step.sources.find(entry.name);
      if (found == step.sources.end()) continue;
      std::vector<std::string> lines;
      if (found->second.records.empty()) {
        is_cut = is_cut || found->second.is_cut;
        add_columns(entry.name, found->second, lines);
      } else {
        if (writer == nullptr) {
          SLUICE_ASSIGN(writer, RowWriter::make(entry, part, slice_.parts->registry,
                                                *slice_.parts->files, mask_));
        }
        SLUICE_TRY(add_records(step, found->second, *writer, recorded, lines));
      }
      recorded.records += static_cast<std::int64_t>(lines.size());
      if (!lines.empty()) made_.test.steps[i].rows.emplace_back(entry.name, std::move(lines));
    }
    if (!is_cut) return {};
    made_.notes.push_back(entry.name + " had more: at most " + count_text(request_.records_max) +
                          " of a batch and " + counted(request_.batches_max, "batch", "batches") +
                          " are taken (--records, --batches)");
    return {};
  }

  /// Rows of a source whose columns the file of tests names.
  void add_columns(const std::string& name, const TakenRows& taken,
                   std::vector<std::string>& lines) {
    made_.columns[name] = columns_text(taken.rows.schema);
    made_.is_whole = made_.is_whole && !taken.is_cut;
    for (const ConfigValue& row : taken.rows.rows) {
      const ConfigValue masked = mask_.row(row);
      std::vector<ConfigValue::Entry> entries;
      for (const ConfigValue::Entry& entry : masked.entries()) {
        if (!is_null(entry.value)) entries.push_back(entry);
      }
      add_values(masked, made_.values);
      lines.push_back(flow_text(ConfigValue::map(std::move(entries), row.location())));
    }
  }

  Status add_records(const TakenStep& step, const TakenRows& taken, RowWriter& writer,
                     RecordedSource& recorded, std::vector<std::string>& lines) {
    const std::set<std::string> letters = letters_of(step, recorded.name);
    std::int64_t left_out = 0;
    for (const TakenRecord& record : taken.records) {
      const bool is_letter = record.payload && letters.contains(*record.payload);
      SLUICE_ASSIGN(const auto row, writer.write(record, is_letter));
      left_out += row ? 0 : 1;
      if (!row) continue;
      recorded.dead_letters += is_letter ? 1 : 0;
      add_values(row->row, made_.values);
      add_values(record.own, made_.values);
      lines.push_back(row->text);
    }
    if (left_out == 0) return {};
    made_.is_whole = false;
    made_.notes.push_back(counted(left_out, "record", "records") + " of " + recorded.name +
                          " cannot be written into a file of tests and " +
                          (left_out == 1 ? "is" : "are") + " left out");
    return {};
  }

  /// The bytes of those records of a batch that do not decode.
  static std::set<std::string> letters_of(const TakenStep& step, const std::string& source) {
    std::set<std::string> values;
    const auto found = step.came.dead_letters.find(source);
    if (found == step.came.dead_letters.end()) return values;
    for (const ConfigValue& letter : found->second.rows) {
      const ConfigValue* value = letter.find("value");
      if (value != nullptr && !is_null(*value)) values.insert(value->text());
    }
    return values;
  }

  Status write_table(const config::SourceEntry& entry, const engine::SourcePart* part) {
    std::vector<WrittenRow>& rows = made_.tables[entry.name];
    const TakenRows& taken = slice_.tables[entry.name];
    if (taken.is_cut) {
      made_.is_whole = false;
      made_.notes.push_back("table " + entry.name + " has more than " + count_text(kTableRowsMax) +
                            " rows: the others are left out");
    }
    if (part == nullptr || needs_columns(entry, *part, slice_.parts->registry)) {
      made_.columns[entry.name] = columns_text(taken.rows.schema);
      for (const ConfigValue& row : taken.rows.rows) {
        const ConfigValue masked = mask_.row(row);
        rows.push_back({flow_text(masked), masked});
      }
      return {};
    }
    SLUICE_ASSIGN(const auto writer, RowWriter::make(entry, *part, slice_.parts->registry,
                                                     *slice_.parts->files, mask_));
    for (const TakenRecord& record : taken.records) {
      SLUICE_ASSIGN(auto row, writer->write(record, /*is_letter=*/false));
      made_.is_whole = made_.is_whole && row;
      if (row) rows.push_back(*std::move(row));
    }
    return {};
  }

  static std::string columns_text(const data::Schema& schema) {
    std::vector<ConfigValue::Entry> entries;
    for (const data::Field& field : schema.fields()) {
      entries.push_back({field.name, {}, ConfigValue::scalar(field.type.to_string(), true, {})});
    }
    return flow_text(ConfigValue::map(std::move(entries), {}));
  }

  const config::PipelineFile& file_;
  const RecordRequest& request_;
  LiveSlice& slice_;
  Mask& mask_;
  SliceDraft made_;
};

}  // namespace

std::string clock_text(Micros micros) {
  std::string text = iso_time_text(micros);
  if (const std::size_t mark = text.find('T'); mark != text.npos) text[mark] = ' ';
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

Status check_recordable(const config::PipelineFile& file) {
  SLUICE_ASSIGN(const auto parts, make_rehearsal(file));
  const engine::Pipeline& pipeline = parts->composition.pipeline;
  const auto check = [&](const config::SourceEntry& entry,
                         const engine::SourcePart& part) -> Status {
    if (entry.connector.kind == "stdin") {
      return ConfigValue::null(entry.connector.location)
          .error("source '" + entry.name +
                 "' reads standard input, which gives its records once: whoever recorded them "
                 "would take them away; put some into a file and record from that");
    }
    if (needs_columns(entry, part, parts->registry)) return {};
    SLUICE_ASSIGN(const auto maker, RecordMaker::make(entry, part, parts->registry, *parts->files));
    static_cast<void>(maker);
    return {};
  };
  for (std::size_t i = 0; i < file.sources.size(); ++i) {
    SLUICE_TRY(check(file.sources[i], pipeline.sources[i]));
  }
  for (std::size_t i = 0; i < file.tables.size(); ++i) {
    if (!pipeline.tables[i].source) continue;
    SLUICE_TRY(check(file.tables[i].source, *pipeline.tables[i].source));
  }
  return {};
}

Result<SliceDraft> draft_slice(const config::PipelineFile& file, const RecordRequest& request,
                               LiveSlice& slice, Mask& mask) {
  return Drafter(file, request, slice, mask).make();
}

}  // namespace sluice::app
