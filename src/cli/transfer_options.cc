#include "cli/transfer_options.h"

#include <CLI/CLI.hpp>

namespace sluice::cli {

void add_source_options(CLI::App& command, SourceChoice& choice) {
  command
      .add_option("--format", choice.format,
                  "The format of records, as in a pipeline file: json: {schema: {id: BIGINT}}")
      ->type_name("FORMAT");
  command
      .add_option("--schema", choice.schema,
                  "The columns: 'id BIGINT, price DECIMAL(18,2)'; of records without --format as "
                  "JSON")
      ->type_name("COLUMNS");
  command
      .add_option("--from-option", choice.options,
                  "A further option of the source (docs/reference/options.md), its value in YAML; "
                  "may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
}

}  // namespace sluice::cli
