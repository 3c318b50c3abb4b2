#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/pipeline_files.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "sluice/recording.h"

namespace sluice::cli {
namespace {

constexpr const char* kRecordExample = R"(Examples:
  sluice record pipeline.yaml
  sluice record pipeline.yaml --append --name three_orders --batches 1 --records 3
  sluice record pipeline.yaml --append --name without_names --mask customer
  sluice record pipeline.yaml -o totals.test.yaml --sink totals --timeout 30s

Cuts a slice of what the pipeline's own sources give into a unit test, which sluice test passes at
once: the records as they came, with keys, partitions and times where SQL reads them, batch by
batch, the rows of tables that they need, and what each sink gets of them. Read it before you rely
on it: it says what the pipeline does, not that this is right. Nothing else is written: no sink, no
checkpoint, no offset. A file that is there stays as it is, or gets one more test with --append.)";

struct RecordArguments {
  std::string path;
  std::vector<std::string> variables;
  std::string timeout = "10s";
  std::string from = "start";
  RecordRequest request;
};

void show_recording(const Recording& recording) {
  const bool colour = look_at_terminal(STDERR_FILENO).colour;
  for (const std::string& note : recording.notes) {
    write_all(STDERR_FILENO, toned(one_line(note), Tone::kFaint, colour) + "\n");
  }
  std::string text = recording.path + ": " + recording.test + ", " +
                     counted(recording.batches, "batch", "batches");
  for (const RecordedSource& source : recording.sources) {
    text += ", " + counted(source.records, "record", "records") + " of " + source.name;
    if (source.dead_letters > 0) {
      text += " (" + count_text(source.dead_letters) + " not decoded)";
    }
  }
  write_all(STDOUT_FILENO, text + "\n");
  write_all(STDERR_FILENO, "next: read it, then sluice test " + recording.path + "\n");
}

int record(RecordArguments arguments) {
  if (arguments.path.empty()) return fail(which_pipeline("record", "FILE"));
  set_log_level(LogLevel::kError);
  RecordRequest& request = arguments.request;
  const auto timeout = parse_duration_micros(arguments.timeout);
  if (!timeout || *timeout <= 0) {
    return fail(user_error("--timeout " + arguments.timeout +
                           ": write a duration of at least 1ms, such as 10s or 1m"));
  }
  request.timeout = std::chrono::microseconds(*timeout);
  request.from_end = arguments.from == "end";
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const StopSignals signals([] {});
  const auto pipeline = Pipeline::load(arguments.path, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.path);
  const auto made = record_test(*pipeline, request, signals.token());
  if (!made) {
    if (made.error().kind() == Kind::kCancelled) return kInterrupted;
    return fail(made.error(), arguments.path);
  }
  show_recording(*made);
  return kFine;
}

void add_limits(CLI::App& command, RecordArguments& arguments) {
  RecordRequest& request = arguments.request;
  command.add_option("--batches", request.batches_max, "The most batches with records in them")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->type_name("NUMBER");
  command
      .add_option("--records", request.records_max, "The most records of each source in a batch")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000))
      ->type_name("NUMBER");
  command.add_option("--timeout", arguments.timeout, "How long to wait for records")
      ->capture_default_str()
      ->type_name("DURATION");
  command
      .add_option("--from", arguments.from,
                  "Where to begin: start, as the sources say, or end: what comes from now on")
      ->check(CLI::IsMember({"start", "end"}))
      ->capture_default_str()
      ->type_name("PLACE");
}

}  // namespace

void add_record_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RecordArguments>();
  CLI::App* command =
      app.add_subcommand("record", "Write a unit test of what a pipeline's sources give now");
  command->footer(kRecordExample);
  RecordRequest& request = arguments->request;
  command->add_option("file", arguments->path, "A pipeline file")->type_name("FILE");
  command
      ->add_option("-o,--output", request.output,
                   "The file of tests; without: NAME.test.yaml beside NAME.yaml")
      ->type_name("NAME.test.yaml");
  command->add_flag("--append", request.append, "Add the test to a file that is there");
  command
      ->add_option("--name", request.name,
                   "What the test is called; without: recorded_ and the day")
      ->type_name("TEST");
  add_limits(*command, *arguments);
  command
      ->add_option("--sink", request.sinks,
                   "A sink that the test looks at; may be given several times. Without: all")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      ->add_option("--mask", request.masked,
                   "A column, or a field of one, whose values become others of the same shape, the "
                   "same for the same; may be given several times")
      ->allow_extra_args(false)
      ->type_name("COLUMN");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback([&action, arguments] { action = [arguments] { return record(*arguments); }; });
}

}  // namespace sluice::cli
