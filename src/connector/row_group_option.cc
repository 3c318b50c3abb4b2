#include "connector/row_group_option.h"

namespace sluice::connector {

OptionSpec row_group_option() {
  OptionSpec option;
  option.name = "row_group_size";
  option.type = OptionType::kInteger;
  option.text =
      "Rows in one row group of a Parquet file, rounded up to a multiple of 2048. Readers skip row "
      "groups by their statistics and read them side by side: smaller ones for look-ups, larger "
      "ones for scans. A writer holds a row group in memory.";
  option.default_text = "122880";
  option.minimum = 2048;
  option.maximum = 100'000'000;
  option.example = "1_000_000";
  return option;
}

std::uint64_t row_group_rows(const Options& options) {
  return static_cast<std::uint64_t>(options.integer("row_group_size"));
}

}  // namespace sluice::connector
