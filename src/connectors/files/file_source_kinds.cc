#include <algorithm>

#include "connectors/files/file_source.h"
#include "formats/csv_options.h"
#include "formats/registry.h"

namespace sluice::connectors {
namespace {

using Make = Result<FileSourceOptions> (*)(const Options&, const io::FileSystem&);

/// A request takes as long as reading some MiB.
constexpr std::uint64_t kStoreBlockBytes = 8 << 20;

std::vector<OptionSpec> shared_options() {
  std::vector<OptionSpec> options = folder_option_specs(
      "A file, a folder, or a glob such as `in/*/2024-*.csv`, on this machine or in a store "
      "(`s3://bucket/in`, or below a mount). A folder is a stream: files that are put into it "
      "later are read, too; put them there complete, by renaming. Names that begin with `.` or `_` "
      "are skipped. Files whose names end in `.gz` or `.zst` are unpacked while they are read.",
      /*recursive=*/false);
  const std::vector<OptionSpec> own = {
      {.name = "max_records_per_trigger",
       .type = OptionType::kInteger,
       .text = "Records that one batch takes at most; large files are split. Default: no limit.",
       .minimum = 1},
      {.name = "max_bytes_per_trigger",
       .type = OptionType::kByteSize,
       .text = "Bytes that one batch takes at most; one record always gets through.",
       .default_text = "32MiB",
       .minimum = 1},
      {.name = "max_record_bytes",
       .type = OptionType::kByteSize,
       .text =
           "A longer record stops the pipeline: it is probably not text. In CSV, one that is too "
           "long because of its quotes is a dead letter, with this many of its bytes.",
       .default_text = "64MiB",
       .minimum = 1024,
       .maximum = 1 << 30},
  };
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

/// `replay`, and all options of the format that makes the column it goes by.
void add_replay(std::string_view format, std::vector<OptionSpec>& options) {
  options.push_back(ReplayPace::option());
  for (const OptionSpec& spec : formats::find_format(format)->options) {
    const bool is_there = std::ranges::find(options, spec.name, &OptionSpec::name) != options.end();
    if (!is_there) options.push_back(spec);
  }
}

std::vector<OptionSpec> csv_options() {
  std::vector<OptionSpec> options = shared_options();
  const std::vector<OptionSpec> own = {
      {.name = "header",
       .type = OptionType::kBoolean,
       .text = "The first record of each file names the columns.",
       .default_text = "true"},
      {.name = "check_header",
       .type = OptionType::kBoolean,
       .text = "The header must name the columns of the schema (or of columns_in_file), in order, "
               "in any case; a file with another header stops the pipeline. false: columns go by "
               "position.",
       .default_text = "true"},
      {.name = "schema",
       .type = OptionType::kSchema,
       .text = "The columns and their SQL types, in the order of the file.",
       .required = true,
       .example = "{id: BIGINT, price: \"DECIMAL(18,2)\"}"},
  };
  const std::vector<OptionSpec> text = formats::csv_text_options();
  options.insert(options.end(), own.begin(), own.end());
  options.insert(options.end(), text.begin(), text.end());
  add_replay("csv", options);
  return options;
}

std::vector<OptionSpec> json_options() {
  std::vector<OptionSpec> options = shared_options();
  add_replay("json", options);
  return options;
}

Result<FileSourceOptions> read_shared(const Options& options, const io::FileSystem& files) {
  FileSourceOptions result;
  SLUICE_ASSIGN(static_cast<FolderOptions&>(result), read_folder_options(options, files));
  if (!files.is_local(result.path)) result.rules.block_bytes = kStoreBlockBytes;
  result.rules.record_bytes_max = static_cast<std::uint64_t>(options.integer("max_record_bytes"));
  return result;
}

Result<FileSourceOptions> read_csv(const Options& options, const io::FileSystem& files) {
  SLUICE_ASSIGN(FileSourceOptions result, read_shared(options, files));
  SLUICE_ASSIGN(const formats::CsvStyle style, formats::read_csv_style(options));
  result.rules.syntax = {true, style.delimiter, style.quote, style.escape, style.trim};
  result.rules.header = options.boolean("header");
  if (!options.boolean("check_header")) return result;
  if (options.has("columns_in_file")) {
    result.rules.header_names = options.text_list("columns_in_file");
  } else {
    for (const ConfigValue::Entry& column : options.value("schema").entries()) {
      result.rules.header_names.push_back(column.key);
    }
  }
  return result;
}

Result<FileSourceOptions> read_lines(const Options& options, const io::FileSystem& files) {
  SLUICE_ASSIGN(FileSourceOptions result, read_shared(options, files));
  if (options.has("keep_empty_lines")) {
    result.rules.keep_empty_lines = options.boolean("keep_empty_lines");
  }
  return result;
}

connector::SourceKind make_kind(std::string name, std::string format, std::string text,
                                std::vector<OptionSpec> options, Make read) {
  connector::SourceKind kind;
  kind.name = std::move(name);
  kind.format = std::move(format);
  kind.text = std::move(text);
  kind.options = std::move(options);
  kind.make = [read, format = kind.format](
                  const Options& given,
                  const connector::Context& context) -> Result<std::unique_ptr<connector::Source>> {
    SLUICE_ASSIGN(FileSourceOptions settings, read(given, context.files));
    SLUICE_ASSIGN(auto pace, ReplayPace::make(given, format, context));
    return {std::make_unique<FileSource>(std::move(settings), context, std::move(pace))};
  };
  return kind;
}

}  // namespace

std::vector<connector::SourceKind> file_source_kinds() {
  std::vector<OptionSpec> line_options = shared_options();
  line_options.push_back({.name = "keep_empty_lines",
                          .type = OptionType::kBoolean,
                          .text = "Lines with nothing but spaces and tabs are records, too.",
                          .default_text = "false"});
  std::vector<connector::SourceKind> kinds = {
      make_kind("csv", "csv",
                "CSV files: one, or a folder of them as a stream, each read once. Records may hold "
                "line ends inside quotes.",
                csv_options(), read_csv),
      make_kind(
          "json_lines", "json",
          "Files with one JSON object per line: one, or a folder of them as a stream, each read "
          "once.",
          json_options(), read_lines),
      make_kind("files", "",
                "Text files: one, or a folder of them as a stream, each read once; a line is a "
                "record. Without `format` the columns are value, file_path, file_line and "
                "file_modified.",
                std::move(line_options), read_lines),
  };
  kinds[0].address = {.endings = {".csv", ".tsv"}, .example = "FILE.csv"};
  kinds[1].address = {.endings = {".jsonl", ".ndjson", ".json"}, .example = "FILE.jsonl"};
  kinds[2].address = {.endings = {".txt", ".log"}, .example = "FILE.txt"};
  return kinds;
}

}  // namespace sluice::connectors
