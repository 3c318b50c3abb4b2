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

/// Properties that ask for no feature but those that lake::initial_entry declares for them.
const std::set<std::string, std::less<>>& known_properties() {
  static const std::set<std::string, std::less<>> kNames = {
      "delta.appendOnly",
      "delta.checkpointInterval",
      "delta.columnMapping.mode",
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

std::vector<OptionSpec> file_options() {
  OptionSpec path =
      option("path", OptionType::kPath,
             "Folder of the table, on this machine or in a store (`s3://bucket/table`, or "
             "below a mount). Created, with an empty table in it, when it does not exist.");
  path.required = true;
  path.example = "out/bronze";
  OptionSpec partition_by =
      option("partition_by", OptionType::kTextList,
             "Columns whose values become folders of the table. An existing table must have the "
             "same ones. An empty text in one becomes NULL, as in Spark.");
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
  return {std::move(path), std::move(partition_by), std::move(rows_per_file),
          std::move(compression), connector::row_group_option()};
}

std::vector<OptionSpec> column_options() {
  OptionSpec properties =
      option("properties", OptionType::kTextMap,
             "Table properties for a table that the sink makes; an existing one keeps its own. Of "
             "Delta's: appendOnly, checkpointInterval, columnMapping.mode (name or id; name by "
             "itself when "
             "a column's name needs it), dataSkippingNumIndexedCols, "
             "deletedFileRetentionDuration, logRetentionDuration, targetFileSize; names without "
             "delta. are free.");
  properties.example = "{delta.checkpointInterval: 100}";
  OptionSpec on_new_field = option(
      "on_new_field", OptionType::kChoice,
      "What happens when the view has a column, or a STRUCT of it a field, that the table lacks. "
      "fail: the run stops and names it. add: the table gets it at the start, and older rows have "
      "NULL there. ignore: it is left out. rescue: its values go into the column `_rescued` "
      "(VARCHAR) as a JSON object, and so do values that do not fit the type of their column; the "
      "table gets that column when it is needed. Except with fail, a column of a narrower type "
      "is cast.");
  on_new_field.default_text = "fail";
  on_new_field.choices = {"fail", "add", "ignore", "rescue"};
  OptionSpec on_wider_type = option(
      "on_wider_type", OptionType::kChoice,
      "What happens at the start when a column of the view has a wider type than the table's. "
      "fail: "
      "the run stops, unless on_new_field: rescue takes it. widen: the table's column gets the "
      "wider "
      "type (Delta's type widening): integers, REAL to DOUBLE, integers to DOUBLE or DECIMAL, more "
      "digits of a DECIMAL, DATE to TIMESTAMP, also inside nested columns. The table then has the "
      "feature typeWidening, which its readers must know.");
  on_wider_type.default_text = "fail";
  on_wider_type.choices = {"fail", "widen"};
  return {std::move(properties), std::move(on_new_field), std::move(on_wider_type)};
}

std::vector<OptionSpec> rewriting_options() {
  OptionSpec replace_where = option(
      "replace_where", OptionType::kText,
      "With mode: complete, SQL over the table's columns that says which of its rows the "
      "batch replaces, as Spark's replaceWhere; the others stay. A row of the view for which "
      "it is not true is the error E_REPLACE_WHERE. Over partition columns alone it removes "
      "whole files; else the files that hold such rows are rewritten without them.");
  replace_where.example = "day = DATE '2024-05-01'";
  OptionSpec compact = option(
      "compact", OptionType::kBoolean,
      "Puts the sink's own small files together when there is time: sixteen of about one size and "
      "partition become one, up to the table's delta.targetFileSize (128 MB). Readers see the same "
      "rows at any instant, and streams that read the table see nothing of it. The old files stay "
      "for time travel until a VACUUM. Not in complete mode.");
  compact.default_text = "true";
  return {std::move(replace_where), std::move(compact)};
}

std::vector<OptionSpec> sink_option_specs() {
  std::vector<OptionSpec> options;
  for (auto* part : {&file_options, &column_options, &rewriting_options}) {
    for (OptionSpec& spec : part()) options.push_back(std::move(spec));
  }
  return options;
}

lake::OnNewField on_new_field(const std::string& text) {
  if (text == "add") return lake::OnNewField::kAdd;
  if (text == "ignore") return lake::OnNewField::kIgnore;
  return text == "rescue" ? lake::OnNewField::kRescue : lake::OnNewField::kFail;
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
  given.on_new_field = on_new_field(options.text("on_new_field"));
  given.widen = options.text("on_wider_type") == "widen";
  given.compact = options.boolean("compact");
  if (options.has("replace_where")) given.replace_where = options.text("replace_where");
  if (options.has("properties")) given.properties = options.text_map("properties");
  for (const auto& [name, value] : given.properties) {
    if (name.starts_with("delta.") && !known_properties().contains(name)) {
      return options.value("properties")
          .error("table property " + name +
                 " is not one that the delta sink can set; make the "
                 "table with another tool first, or leave the property out");
    }
    if (name == "delta.columnMapping.mode" && value != "name" && value != "id") {
      return options.value("properties").error("delta.columnMapping.mode is name or id");
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
  kind.options = sink_option_specs();
  kind.modes = {connector::OutputMode::kAppend, connector::OutputMode::kComplete,
                connector::OutputMode::kUpsert};
  kind.make = make_sink;
  kind.address = {.marker = "_delta_log", .example = "FOLDER"};
  registry.add(std::move(kind));
  registry.add(delta_source_kind());
  registry.add(delta_table_kind());
}

}  // namespace sluice::connectors
