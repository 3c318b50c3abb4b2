#include "config/test_keys.h"

namespace sluice::config {

std::vector<OptionSpec> test_file_keys() {
  return {
      {.name = "pipeline",
       .type = OptionType::kPath,
       .text = "The pipeline's file, beside this one. Without: x.yaml of x.test.yaml.",
       .example = "orders.yaml"},
      {.name = "var",
       .type = OptionType::kTextMap,
       .text = "Values for ${NAME} in the pipeline file, for all tests."},
      {.name = "columns",
       .type = OptionType::kAny,
       .text = "Columns and types of sources and tables that have no format, such as those of "
               "Parquet files, Delta tables and Cassandra: no test looks at them.",
       .example = "{orders: {id: BIGINT, price: 'DECIMAL(18,2)'}}"},
      {.name = "tests", .type = OptionType::kAny, .text = "The tests by name.", .required = true}};
}

std::vector<OptionSpec> test_keys() {
  return {{.name = "var",
           .type = OptionType::kTextMap,
           .text = "Values for ${NAME} in the pipeline file, for this test."},
          {.name = "tables",
           .type = OptionType::kAny,
           .text = "The rows of each table that the pipeline reads in full.",
           .example = "{countries: [{code: DE, name: Germany}]}"},
          {.name = "batches",
           .type = OptionType::kAny,
           .text = "What comes and what is expected, batch by batch.",
           .required = true}};
}

std::vector<OptionSpec> test_batch_keys() {
  return {{.name = "at",
           .type = OptionType::kText,
           .text = "When the batch begins, in UTC. Without: a second after the one before.",
           .example = "2024-05-01 12:00:00"},
          {.name = "rows",
           .type = OptionType::kAny,
           .text = "The rows of each source. Without: nothing comes, and time goes on."},
          {.name = "expect",
           .type = OptionType::kAny,
           .text = "The rows that each sink gets. A sink that the whole test does not name is not "
                   "looked at."},
          {.name = "dead_letters",
           .type = OptionType::kAny,
           .text = "The records of each source that do not decode. Without: none."},
          {.name = "late",
           .type = OptionType::kAny,
           .text = "How many rows come too late for a view. One that is not named is not looked "
                   "at."}};
}

}  // namespace sluice::config
