#include "connectors/files/folder_options.h"

#include <utility>

#include "connector/path_option.h"

namespace sluice::connectors {

std::vector<OptionSpec> folder_option_specs(std::string path_text, bool recursive) {
  return {
      {.name = "path",
       .type = OptionType::kPath,
       .text = std::move(path_text),
       .required = true,
       .example = "in/"},
      {.name = "order",
       .type = OptionType::kChoice,
       .text =
           "Files are read by name, or by time of change (and name). The checkpoint names the 500 "
           "to 1000 newest files that were read: a late file is read in the next batch, but one "
           "that comes before all of those is not read, which is warned of.",
       .default_text = "name",
       .choices = {"name", "time"}},
      {.name = "recursive",
       .type = OptionType::kBoolean,
       .text = "Files in sub-folders, too.",
       .default_text = recursive ? "true" : "false"},
      {.name = "min_age",
       .type = OptionType::kDuration,
       .text = "A file is left alone until this long after its last change: for writers that "
               "cannot rename.",
       .default_text = "0s",
       .example = "30s"},
      {.name = "max_files_per_trigger",
       .type = OptionType::kInteger,
       .text = "Files that one batch takes at most.",
       .default_text = "1000",
       .minimum = 1,
       .maximum = 100'000},
  };
}

Result<FolderOptions> read_folder_options(const Options& options, const io::FileSystem& files) {
  FolderOptions result;
  SLUICE_ASSIGN(result.path, connector::path_option(options, "path", files));
  result.order = options.text("order") == "time" ? FileOrder::kTime : FileOrder::kName;
  result.recursive = options.boolean("recursive");
  result.age_min = options.integer("min_age");
  result.files_per_trigger_max = options.integer("max_files_per_trigger");
  return result;
}

}  // namespace sluice::connectors
