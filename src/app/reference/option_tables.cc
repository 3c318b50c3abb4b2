#include "app/reference/option_tables.h"

#include <algorithm>
#include <utility>

#include "app/lint/catalogue.h"
#include "app/notify/receiver_kinds.h"
#include "config/alert_keys.h"
#include "config/chart_keys.h"
#include "config/keys.h"
#include "config/test_keys.h"
#include "formats/registry.h"
#include "io/s3_settings.h"

namespace sluice::app {
namespace {

using Of = OptionTable::Of;

std::vector<OptionSpec> with_format(const connector::SourceKind& kind) {
  std::vector<OptionSpec> options = kind.options;
  const formats::FormatKind* format = formats::find_format(kind.format);
  if (format == nullptr) return options;
  for (const OptionSpec& spec : format->options) {
    if (std::ranges::find(options, spec.name, &OptionSpec::name) == options.end()) {
      options.push_back(spec);
    }
  }
  return options;
}

void add_charts(std::vector<OptionTable>& tables) {
  tables.push_back({Of::kChart, "chart", "charts",
                    "The keys of a chart, besides the one key that says how it is drawn. It has "
                    "`sql` or `from`, unless it is a text (`markdown`).",
                    config::chart_keys()});
  for (const config::ChartKindKeys& kind : config::chart_kinds()) {
    if (kind.kind == config::ChartKind::kMarkdown) continue;
    tables.push_back({Of::kChartKind, kind.name + " chart", kind.name, kind.text, kind.options});
  }
  tables.push_back({Of::kPipeline, "chart column", "columns",
                    "How a column of a chart that is a table looks.", config::chart_column_keys()});
  tables.push_back({Of::kPipeline, "threshold", "thresholds",
                    "A value from which on others are worth a look.", config::threshold_keys()});
  tables.push_back({Of::kPipeline, "ui", "ui",
                    "What the charts have in common, and where the live page is served.",
                    config::ui_keys()});
}

/// Of the parts of a file, beside charts.
std::vector<OptionTable> part_tables() {
  return {
      {Of::kPipeline, "pipeline", "", "The keys of a pipeline file.", config::pipeline_keys()},
      {Of::kPipeline, "trigger", "trigger", "When batches run, written as a map.",
       config::trigger_keys()},
      {Of::kPipeline, "engine", "engine", "Memory, threads and retries of one pipeline.",
       config::engine_keys()},
      {Of::kPipeline, "lint", "lint", "Which warnings of `sluice check` do not count.",
       config::lint_keys(lint_codes())},
      {Of::kPipeline, "backup", "backup", "Copies of the checkpoint, for when its disk is lost.",
       config::backup_keys()},
      {Of::kPipeline, "s3", "s3", "How `s3://` paths are reached.", io::s3_options()},
      {Of::kPipeline, "mount", "mounts", "A name for a folder of a bucket.", config::mount_keys()},
      {Of::kPipeline, "mount s3", "s3", "A mount's bucket, and how it is reached.",
       io::s3_mount_options()},
      {Of::kSource, "source", "sources",
       "The keys of a source, besides the one key of its connector.", config::source_keys()},
      {Of::kPipeline, "watermark", "watermark",
       "When the events of a source or a view happened, and how late they may come.",
       config::watermark_keys()},
      {Of::kTable, "table", "tables",
       "The keys of a table, besides the one key of its connector: any source, or one of the "
       "tables below.",
       config::table_keys()},
      {Of::kPipeline, "view", "views",
       "The keys of a view that is more than SQL text. It has `sql` or `from`.",
       config::view_keys()},
      {Of::kPipeline, "deduplicate", "deduplicate", "Which rows of a view count as the same.",
       config::deduplicate_keys()},
      {Of::kPipeline, "late", "late", "What happens to rows that came too late for a view.",
       config::late_keys()},
      {Of::kPipeline, "function", "functions",
       "The keys of a function of the file's own. It has `sql`, `python` or "
       "`library`.",
       config::function_keys()},
      {Of::kSink, "sink", "sinks", "The keys of a sink, besides the one key of its connector.",
       config::sink_keys()},
      {Of::kPipeline, "roll", "roll", "When the rows that wait for a sink make a file.",
       config::roll_keys()},
      {Of::kPipeline, "alert", "alerts",
       "When somebody is to be informed (docs/reference/alerts.md). It watches one thing: when, "
       "lag, "
       "freshness, no_data, dead_letters, batch_longer_than or failed.",
       config::alert_keys()},
  };
}

void add_sinks(const connector::Registry& registry, std::vector<OptionTable>& tables) {
  for (const connector::SinkKind* kind : registry.sinks()) {
    std::string text = kind->text + " Modes:";
    for (const connector::OutputMode mode : kind->modes) {
      text += (mode == kind->modes.front() ? " " : ", ") +
              std::string(connector::output_mode_name(mode));
    }
    text += ". Rows appear " + std::string(connector::promise_name(kind->promise)) + ".";
    tables.push_back({Of::kSinkKind, kind->name + " sink", kind->name, text, kind->options});
  }
}

}  // namespace

std::vector<OptionTable> option_tables(const connector::Registry& registry) {
  std::vector<OptionTable> tables = part_tables();
  add_charts(tables);
  tables.push_back({Of::kTest, "test file", "", "The keys of a file of tests, NAME.test.yaml.",
                    config::test_file_keys()});
  tables.push_back({Of::kTest, "test", "tests",
                    "A unit test of a pipeline, in a file of tests or below `tests` of the "
                    "pipeline file.",
                    config::test_keys()});
  tables.push_back({Of::kTest, "test batch", "batches",
                    "A batch of a test: what comes and what is expected.",
                    config::test_batch_keys()});
  for (const connector::SourceKind* kind : registry.sources()) {
    tables.push_back(
        {Of::kSourceKind, kind->name + " source", kind->name, kind->text, with_format(*kind)});
  }
  for (const connector::TableKind* kind : registry.tables()) {
    tables.push_back(
        {Of::kTableKind, kind->name + " table", kind->name, kind->text, kind->options});
  }
  for (const formats::FormatKind& kind : formats::all_formats()) {
    if (!kind.make) continue;
    tables.push_back({Of::kFormat, kind.name + " format", kind.name, kind.text, kind.options});
  }
  for (const formats::FormatKind& kind : formats::all_formats()) {
    if (!kind.make_encoder) continue;
    tables.push_back(
        {Of::kValue, kind.name + " value", kind.name, kind.value_text, kind.encoder_options});
  }
  add_sinks(registry, tables);
  for (const ReceiverKind& kind : receiver_kinds()) {
    tables.push_back(
        {Of::kReceiverKind, kind.name + " receiver", kind.name, kind.text, kind.options});
  }
  return tables;
}

}  // namespace sluice::app
