#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/pipeline_files.h"
#include "cli/progress_bar.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "sluice/shadow.h"

namespace sluice::cli {
namespace {

constexpr const char* kShadowExample = R"(Examples:
  sluice shadow pipeline.yaml
  sluice shadow pipeline.yaml --limit 3 --exit-code
  sluice shadow pipeline.yaml --key bronze=id
  sluice shadow pipeline.yaml --format json
  sluice shadow pipeline.yaml --discard

Runs the pipeline as its last start had it and as the file has it now on the same records, up to
where the checkpoint is, and shows in which rows their sinks would differ. Both run in the folder
shadow of the checkpoint; the pipeline may run meanwhile, and neither it nor its targets nor its
offsets change. Called again, it reads what has come since. `sluice rebuild` takes over what it has
made, once the pipeline is stopped; --discard removes it.)";

struct ShadowArguments {
  std::string path;
  std::vector<std::string> keys;
  std::size_t limit = 10;
  std::string format = "text";
  bool exit_code = false;
  bool discard = false;
  std::vector<std::string> variables;
};

/// SINK=COLUMN[,COLUMN...]
Result<std::map<std::string, std::vector<std::string>>> read_keys(
    const std::vector<std::string>& texts) {
  std::map<std::string, std::vector<std::string>> keys;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    std::vector<std::string> columns;
    for (std::size_t at = equals; at < text.size();) {
      const std::size_t end = std::min(text.find(',', at + 1), text.size());
      columns.push_back(text.substr(at + 1, end - at - 1));
      at = end;
    }
    const bool is_whole = !columns.empty() && std::ranges::find(columns, "") == columns.end();
    if (equals == 0 || !is_whole) {
      return user_error("--key " + text + ": write SINK=COLUMN, or SINK=COLUMN,COLUMN");
    }
    keys[text.substr(0, equals)] = std::move(columns);
  }
  return keys;
}

Tone tone_of(std::string_view line) {
  if (line.starts_with("    + ")) return Tone::kGreen;
  if (line.starts_with("    - ")) return Tone::kRed;
  if (line.starts_with("    ~ ")) return Tone::kYellow;
  return Tone::kPlain;
}

void show(const std::string& text) {
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    const Tone tone = tone_of(line);
    shown += (tone == Tone::kPlain ? line : toned(line, tone, terminal.colour)) + "\n";
    at = end + 1;
  }
  write_all(STDOUT_FILENO, shown);
}

int shadow_pipeline(const ShadowArguments& arguments) {
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const StopSignals signals([] {});
  const auto pipeline = Pipeline::load(arguments.path, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.path);
  if (arguments.discard) {
    const auto done = discard_shadow(*pipeline);
    if (!done) return fail(done.error(), arguments.path);
    std::fputs(*done ? "the shadow is removed\n" : "there is no shadow\n", stdout);
    return kFine;
  }
  ShadowOptions options;
  options.rows = arguments.limit;
  auto keys = read_keys(arguments.keys);
  if (!keys) return fail(keys.error());
  options.keys = *std::move(keys);
  ReadingReport report;
  options.listener = &report;
  const auto done = shadow(*pipeline, options, signals.token());
  report.close();
  if (!done) {
    const int code = fail(done.error(), arguments.path);
    return code == kFine ? kInterrupted : code;
  }
  if (arguments.format == "json") {
    write_all(STDOUT_FILENO, shadow_json(*done));
  } else {
    show(shadow_text(*done));
  }
  return arguments.exit_code && done->differs() ? kDiffers : kFine;
}

}  // namespace

void add_shadow_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ShadowArguments>();
  CLI::App* command = app.add_subcommand(
      "shadow", "Show in which rows a changed pipeline differs from the one that runs");
  command->footer(kShadowExample);
  command->add_option("file", arguments->path, "The pipeline file")->required()->type_name("FILE");
  command
      ->add_option("--key", arguments->keys,
                   "The columns by which rows of a sink are the same row before and after; may be "
                   "given several times. By default the sink's key, or what its view groups by")
      ->allow_extra_args(false)
      ->type_name("SINK=COLUMN[,...]");
  command
      ->add_option("--limit", arguments->limit,
                   "Rows shown of each sink that changed, were added and removed")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command->add_flag("--exit-code", arguments->exit_code, "Exit with 5 when rows differ");
  command->add_flag("--discard", arguments->discard,
                    "Remove what earlier calls have made, and compare nothing");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback(
      [&action, arguments] { action = [arguments] { return shadow_pipeline(*arguments); }; });
}

}  // namespace sluice::cli
