#include <memory>
#include <set>
#include <string>
#include <utility>

#include "connector/path_option.h"
#include "connector/registry.h"
#include "connector/row_group_option.h"
#include "connectors/delta/delta_sink.h"
#include "connectors/delta/delta_source.h"
#include "connectors/delta/delta_table.h"

namespace sluice::connectors {
namespace {

/// Properties that a table of protocol (1,2) may have; the others ask for features that the sink's
/// new tables do not declare.
const std::set<std::string, std::less<>>& known_properties() {
  static const std::set<std::string, std::less<>> kNames = {
      "delta.appendOnly",
      "delta.checkpointInterval",
      "delta.dataSkippingNumIndexedCols",
      "delta.deletedFileRetentionDuration",
      "delta.logRetentionDuration",
      "delta.targetFileSize",
  };
  return kNames;
}

OptionSpec option(std::string name, OptionType type, std::string text) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.text = std::move(text);
  return spec;
}

std::vector<OptionSpec> option_specs() {
  OptionSpec path =
      option("path", OptionType::kPath,
             "Folder of the table, on this machine or in a store (`s3://bucket/table`, or "
             "below a mount). Made, with an empty table in it, when it is not there.");
  path.required = true;
  path.example = "out/bronze";
  OptionSpec partition_by =
      option("partition_by", OptionType::kTextList,
             "Columns by whose values the files lie in folders. An existing table's must be the "
             "same. An empty text in one becomes NULL, as in Spark.");
  partition_by.example = "[invoice_Date]";
  OptionSpec rows_per_file =
      option("rows_per_file", OptionType::kInteger,
             "Starts a new file after about this many rows. Without it a batch makes one file, or "
             "one for each partition.");
  rows_per_file.minimum = 1;
  rows_per_file.example = "1000000";
  OptionSpec compression =
      option("compression", OptionType::kChoice, "Compression inside the Parquet files.");
  compression.default_text = "snappy";
  compression.choices = {"zstd", "snappy", "gzip", "uncompressed"};
  OptionSpec row_groups = connector::row_group_option();
  OptionSpec properties =
      option("properties", OptionType::kTextMap,
             "Table properties for a table that the sink makes; an existing one keeps its own. Of "
             "Delta's: appendOnly, checkpointInterval, dataSkippingNumIndexedCols, "
             "deletedFileRetentionDuration, logRetentionDuration, targetFileSize; names without "
             "delta. are free.");
  properties.example = "{delta.checkpointInterval: 100}";
  OptionSpec on_new_field = option(
      "on_new_field", OptionType::kChoice,
      "What happens at the start when the view has a column, or a STRUCT of it a field, that "
      "the table lacks. fail: the run stops and names it. add: the table gets it, and older "
      "rows have NULL there. A column with another type is always an error.");
  on_new_field.default_text = "fail";
  on_new_field.choices = {"fail", "add"};
  OptionSpec compact = option(
      "compact", OptionType::kBoolean,
      "Puts the sink's own small files together when there is time: sixteen of about one size and "
      "partition become one, up to the table's delta.targetFileSize (128 MB). Readers see the same "
      "rows at any instant, and streams that read the table see nothing of it. The old files stay "
      "for time travel until a VACUUM. Not in complete mode.");
  compact.default_text = "true";
  return {std::move(path),         std::move(partition_by), std::move(rows_per_file),
          std::move(compression),  std::move(row_groups),   std::move(properties),
          std::move(on_new_field), std::move(compact)};
}

Result<std::unique_ptr<connector::Sink>> make_sink(const Options& options,
                                                   const connector::Context& context) {
  DeltaSinkOptions given;
  SLUICE_ASSIGN(given.path, connector::path_option(options, "path", context.files));
  given.compression = options.text("compression");
  given.row_group_rows = connector::row_group_rows(options);
  if (options.has("partition_by")) given.partition_by = options.text_list("partition_by");
  if (options.has("rows_per_file")) {
    given.rows_per_file = static_cast<std::uint64_t>(options.integer("rows_per_file"));
  }
  given.add_columns = options.text("on_new_field") == "add";
  given.compact = options.boolean("compact");
  if (options.has("properties")) given.properties = options.text_map("properties");
  for (const auto& [name, value] : given.properties) {
    if (name.starts_with("delta.") && !known_properties().contains(name)) {
      return options.value("properties")
          .error("table property " + name +
                 " is not one that the delta sink can set; make the "
                 "table with another tool first, or leave the property out");
    }
  }
  return std::unique_ptr<connector::Sink>(std::make_unique<DeltaSink>(std::move(given), context));
}

}  // namespace

void register_delta(connector::Registry& registry);

void register_delta(connector::Registry& registry) {
  connector::SinkKind kind;
  kind.name = "delta";
  kind.text =
      "Appends to a Delta Lake table, merges rows into it by key, or replaces its content, exactly "
      "once.";
  kind.options = option_specs();
  kind.modes = {connector::OutputMode::kAppend, connector::OutputMode::kComplete,
                connector::OutputMode::kUpsert};
  kind.make = make_sink;
  registry.add(std::move(kind));
  registry.add(delta_source_kind());
  registry.add(delta_table_kind());
}

}  // namespace sluice::connectors
