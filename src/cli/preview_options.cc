#include "cli/preview_options.h"

#include <chrono>

#include "base/options.h"
#include "cli/commands.h"
#include "cli/pipeline_files.h"

namespace sluice::cli {

void add_preview_options(CLI::App& command, PreviewOptions& options) {
  PreviewRequest& request = options.request;
  command.add_option("file", options.path, "A pipeline file")->type_name("FILE");
  command
      .add_option("--view", request.parts,
                  "A view, source or sink to show; may be given several times. Without: all sinks")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command.add_option("--limit", request.rows, "The most rows to show of each")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000))
      ->type_name("NUMBER");
  command.add_option("--records", request.records_max, "The most records to read of each source")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("NUMBER");
  command.add_option("--timeout", options.timeout, "How long it may take")
      ->capture_default_str()
      ->type_name("DURATION");
  command.add_option("--truncate", request.truncate, "The most characters of a value; 0: all")
      ->capture_default_str()
      ->type_name("NUMBER");
  command.add_option("--var", options.variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
}

Result<std::map<std::string, std::string>> read_preview_options(PreviewOptions& options,
                                                                const std::string& command) {
  if (options.path.empty()) return which_pipeline(command, "FILE");
  const auto timeout = parse_duration_micros(options.timeout);
  if (!timeout || *timeout <= 0) {
    return user_error("--timeout " + options.timeout +
                      ": write a duration of at least 1ms, such as 10s or 1m");
  }
  options.request.timeout = std::chrono::microseconds(*timeout);
  return parse_variables(options.variables);
}

}  // namespace sluice::cli
