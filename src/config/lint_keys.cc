#include "config/keys.h"

namespace sluice::config {

std::vector<OptionSpec> lint_keys(const std::vector<std::string>& codes) {
  return {
      {.name = "allow",
       .type = OptionType::kTextList,
       .text =
           "Lints that are not to be shown, by their codes (docs/reference/lints.md). A comment "
           "`# sluice: allow CODE reason`, on a line or above it, does the same for that line.",
       .required = true,
       .choices = codes,
       .example = "[LINT_SMALL_FILES]"},
  };
}

}  // namespace sluice::config
