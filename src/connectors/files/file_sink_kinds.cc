#include "connector/path_option.h"
#include "connector/row_group_option.h"
#include "connectors/files/file_sink.h"

namespace sluice::connectors {

using connector::OutputMode;

namespace {

OptionSpec path_option(const std::string& what) {
  return {.name = "path",
          .type = OptionType::kPath,
          .text = "Folder of the " + what +
                  " files, on this machine or in a store (`s3://bucket/folder`, or below a mount); "
                  "made when it is missing. Files of others in it are left alone.",
          .required = true,
          .example = "out/bronze"};
}

std::vector<OptionSpec> layout_options() {
  return {{.name = "partition_by",
           .type = OptionType::kTextList,
           .text = "Columns that become folders `column=value` and are left out of the files.",
           .example = "[invoice_Date]"},
          {.name = "rows_per_file",
           .type = OptionType::kInteger,
           .text = "Rows in one file at most; a batch with more writes several. Without it a batch "
                   "writes one file, or one per partition.",
           .minimum = 1,
           .example = "1_000_000"}};
}

std::vector<OptionSpec> parquet_options() {
  std::vector<OptionSpec> options = {path_option("Parquet")};
  for (OptionSpec& option : layout_options()) options.push_back(std::move(option));
  options.push_back({.name = "compression",
                     .type = OptionType::kChoice,
                     .text = "Codec of the column chunks.",
                     .default_text = "snappy",
                     .choices = {"zstd", "snappy", "gzip", "lz4", "uncompressed"}});
  options.push_back(connector::row_group_option());
  return options;
}

OptionSpec text_compression() {
  return {.name = "compression",
          .type = OptionType::kChoice,
          .text =
              "How each file is compressed. Its name says so, as readers expect: `.csv.gz`, "
              "`.jsonl.zst`. Only Parquet can be read in parts by several readers when it is "
              "compressed.",
          .default_text = "none",
          .choices = {"none", "gzip", "zstd"}};
}

std::vector<OptionSpec> csv_sink_options() {
  std::vector<OptionSpec> options = {path_option("CSV")};
  for (OptionSpec& option : layout_options()) options.push_back(std::move(option));
  options.push_back({.name = "header",
                     .type = OptionType::kBoolean,
                     .text = "Each file begins with a line of column names.",
                     .default_text = "true"});
  options.push_back({.name = "delimiter",
                     .type = OptionType::kText,
                     .text = "One character between two values.",
                     .default_text = ",",
                     .example = "\";\""});
  options.push_back({.name = "null",
                     .type = OptionType::kText,
                     .text = "The text of a NULL; nothing by default. A text that is equal to it "
                             "is written in quotes.",
                     .example = "\\N"});
  options.push_back(text_compression());
  return options;
}

/// Options that a kind does not declare keep their defaults.
Result<FileSinkOptions> read_options(const Options& options, FolderFormat format,
                                     const io::FileSystem& files) {
  FileSinkOptions result;
  result.format = format;
  SLUICE_ASSIGN(result.path, connector::path_option(options, "path", files));
  if (options.has("partition_by")) result.partition_by = options.text_list("partition_by");
  if (options.has("rows_per_file")) {
    result.rows_per_file = static_cast<std::uint64_t>(options.integer("rows_per_file"));
  }
  if (options.has("compression")) result.compression = options.text("compression");
  if (result.compression == "none") result.compression.clear();
  if (options.has("row_group_size")) result.row_group_rows = connector::row_group_rows(options);
  if (options.has("header")) result.csv_header = options.boolean("header");
  if (options.has("delimiter")) {
    result.csv_delimiter = options.text("delimiter");
    if (result.csv_delimiter.size() != 1 || result.csv_delimiter == "\"" ||
        result.csv_delimiter == "\n" || result.csv_delimiter == "\r") {
      return options.value("delimiter")
          .error("'delimiter' must be one character other than a quote or a line end");
    }
  }
  if (options.has("null")) result.csv_null = options.text("null");
  return result;
}

connector::SinkKind make_kind(std::string name, std::string text, std::vector<OptionSpec> options,
                              FolderFormat format) {
  connector::SinkKind kind;
  kind.name = std::move(name);
  kind.text = std::move(text);
  kind.options = std::move(options);
  kind.modes = {OutputMode::kAppend, OutputMode::kComplete};
  kind.make = [format](
                  const Options& given,
                  const connector::Context& context) -> Result<std::unique_ptr<connector::Sink>> {
    FolderFormat chosen = format;
    if (given.has("format")) {
      if (given.text("format") == "csv") chosen = FolderFormat::kCsv;
      if (given.text("format") == "json_lines") chosen = FolderFormat::kJsonLines;
    }
    SLUICE_ASSIGN(FileSinkOptions settings, read_options(given, chosen, context.files));
    return {std::make_unique<FileSink>(std::move(settings), context)};
  };
  return kind;
}

}  // namespace

std::vector<connector::SinkKind> file_sink_kinds() {
  std::vector<OptionSpec> json_options = {path_option("JSON lines")};
  for (OptionSpec& option : layout_options()) json_options.push_back(std::move(option));
  json_options.push_back(text_compression());
  const std::vector<OptionSpec> file_options = {
      path_option("data"),
      {.name = "format",
       .type = OptionType::kChoice,
       .text = "What the files are. CSV cannot store bytes, such as the payload of a dead letter.",
       .default_text = "parquet",
       .choices = {"parquet", "csv", "json_lines"}}};
  std::vector<connector::SinkKind> kinds = {
      make_kind("parquet", "A folder of Parquet files.", parquet_options(), FolderFormat::kParquet),
      make_kind("csv", "A folder of CSV files.", csv_sink_options(), FolderFormat::kCsv),
      make_kind("json_lines", "A folder of files with one JSON object per line.",
                std::move(json_options), FolderFormat::kJsonLines),
      make_kind("file",
                "A folder of files with nothing to choose but the format: for dead letters.",
                file_options, FolderFormat::kParquet)};
  kinds[0].address = {.endings = {".parquet"}, .example = "FOLDER.parquet"};
  kinds[1].address = {.endings = {".csv"}, .example = "FOLDER.csv"};
  kinds[2].address = {.endings = {".jsonl", ".ndjson", ".json"}, .example = "FOLDER.jsonl"};
  return kinds;
}

}  // namespace sluice::connectors
