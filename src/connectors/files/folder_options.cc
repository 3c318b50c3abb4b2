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
           "The order in which the files that are there are read: by name, or by time of change "
           "(and name). Each is read once, known by its whole path: one that comes late is read "
           "then, whatever its name.",
       .default_text = "name",
       .choices = {"name", "time"}},
      {.name = "recursive",
       .type = OptionType::kBoolean,
       .text = "Files in sub-folders, too.",
       .default_text = recursive ? "true" : "false"},
      {.name = "moved_from",
       .type = OptionType::kText,
       .text = "The folder that `path` was in when the checkpoint was made, and from which it was "
               "moved with the files in it: those that were read are not read again. Without it "
               "another folder stops the start (E_FOLDER_CHANGED). May stay in the file.",
       .example = "/mnt/old/in"},
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
  if (options.has("moved_from")) result.moved_from = options.text("moved_from");
  result.recursive = options.boolean("recursive");
  result.age_min = options.integer("min_age");
  result.files_per_trigger_max = options.integer("max_files_per_trigger");
  return result;
}

}  // namespace sluice::connectors
