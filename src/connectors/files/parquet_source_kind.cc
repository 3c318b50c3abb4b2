#include "connectors/files/parquet_source.h"
#include "formats/schema_option.h"

namespace sluice::connectors {
namespace {

std::vector<OptionSpec> option_specs() {
  std::vector<OptionSpec> options = folder_option_specs(
      "A file, a folder, or a glob such as `in/*/2024-*.parquet`, on this machine or in a store "
      "(`s3://bucket/in`, or below a mount); names must end in `.parquet`. A folder is a stream: "
      "files that are put into it later are read, too. Sub-folders such as `day=2024-01-01` give "
      "columns (VARCHAR unless `schema` says otherwise). Names that begin with `.` or `_` are "
      "skipped.",
      /*recursive=*/true);
  const std::vector<OptionSpec> own = {
      {.name = "schema",
       .type = OptionType::kSchema,
       .text = "The columns and their SQL types, found by name; a column that a file lacks is "
               "NULL. By default those of the first file.",
       .example = "{id: BIGINT, price: \"DECIMAL(18,2)\"}"},
      {.name = "on_new_column",
       .type = OptionType::kChoice,
       .text =
           "What happens to a file with a column, inside or as a folder of its path, that is not "
           "in the schema: ignore (the column is not read, with one warning) or fail.",
       .default_text = "ignore",
       .choices = {"ignore", "fail"}},
      {.name = "complete_within",
       .type = OptionType::kDuration,
       .text = "A file without a complete footer is still being written: it is left for a later "
               "batch. One that has not changed for this long stops the pipeline, by its name.",
       .default_text = "5m"},
      {.name = "max_records_per_trigger",
       .type = OptionType::kInteger,
       .text = "Rows that one batch takes at most; large files are split. Default: no limit.",
       .minimum = 1},
      {.name = "max_bytes_per_trigger",
       .type = OptionType::kByteSize,
       .text = "Once a batch has files of this size it takes no more. Default: no limit.",
       .minimum = 1},
  };
  options.insert(options.end(), own.begin(), own.end());
  options.push_back(ReplayPace::option());
  return options;
}

Result<std::unique_ptr<connector::Source>> make(const Options& options,
                                                const connector::Context& context) {
  ParquetSourceOptions given;
  SLUICE_ASSIGN(static_cast<FolderOptions&>(given), read_folder_options(options, context.files));
  if (options.has("schema")) {
    SLUICE_ASSIGN(given.schema, formats::parse_schema(options.value("schema")));
  }
  given.ending = ".parquet";
  given.fail_on_new_column = options.text("on_new_column") == "fail";
  given.complete_within = options.integer("complete_within");
  SLUICE_ASSIGN(auto pace, ReplayPace::make_without_format(options, context));
  return {std::make_unique<ParquetSource>(std::move(given), context, std::move(pace))};
}

}  // namespace

connector::SourceKind parquet_source_kind() {
  connector::SourceKind kind;
  kind.name = "parquet";
  kind.text = "Parquet files: one, or a folder of them as a stream, each read once.";
  kind.options = option_specs();
  kind.make = make;
  kind.address = {.endings = {".parquet"}, .example = "FILE.parquet"};
  return kind;
}

}  // namespace sluice::connectors
