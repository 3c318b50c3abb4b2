#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantity_text.h"
#include "base/timestamp_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/remote_options.h"
#include "cli/saved_page_options.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "sluice/remote.h"

namespace sluice::cli {
namespace {

constexpr const char* kControlExample = R"(Examples:
  sluice run pipelines/ --ui                   # in one terminal
  sluice ctl status                            # in another
  sluice ctl pause orders
  sluice ctl reload orders --connect https://host:8484 --token-file token

Asks a running sluice that serves its page (sluice run --ui). Of a process with one pipeline its
name may be left out. What is not possible in the pipeline's state is refused with the reason, and
ends with 2.)";

struct ControlArguments {
  std::string savepoint_to;
  RemoteSilence silence{.alert = "", .key = "", .duration = "1h"};
  RemoteArguments remote;
  std::string pipeline;
  bool json = false;
  SavedPageOptions saved;
};

int status(ControlArguments& arguments, const std::stop_token& stop) {
  auto remote = connect(arguments.remote);
  if (!remote) return fail(remote.error());
  if (arguments.json) {
    auto text = remote->status_json(stop);
    if (!text) return fail(text.error());
    write_all(STDOUT_FILENO, *text + "\n");
    return kFine;
  }
  const auto pipelines = remote->pipelines(stop);
  if (!pipelines) return fail(pipelines.error());
  int code = kFine;
  bool found = arguments.pipeline.empty();
  std::string text;
  for (const RemotePipeline& one : *pipelines) {
    if (!arguments.pipeline.empty() && one.name != arguments.pipeline) continue;
    found = true;
    text += one.name + "  " + one.state + ", " + counted(one.batches, "batch", "batches") + "\n  " +
            one.head + "\n";
    if (!one.text.empty()) text += "  " + one.text + "\n";
    if (one.state == "failed") code = kFailure;
  }
  if (!found) return fail(user_error("there is no pipeline '" + arguments.pipeline + "'"));
  write_all(STDOUT_FILENO, text);
  return code;
}

/// The state of a pipeline that was stopping once it is no longer: what comes after this may start
/// it again. `pipeline` "": the only one.
Result<std::string> state_after_stop(Remote& remote, const std::string& pipeline,
                                     const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kPause{50};
  do {
    auto pipelines = remote.pipelines(stop);
    if (!pipelines) {
      // The process ends with its last pipeline, and its page with it.
      if (pipelines.error().kind() == Kind::kTransient) {
        return std::string("stopping; its page does not answer any more");
      }
      return std::move(pipelines).error();
    }
    const auto found = std::ranges::find_if(*pipelines, [&](const RemotePipeline& one) {
      return pipeline.empty() || one.name == pipeline;
    });
    if (found == pipelines->end())
      return user_error("there is no pipeline '" + pipeline + "' any more");
    if (found->state != "stopping") return found->state;
  } while (SystemClock().sleep_for(kPause, stop));
  return Error(Kind::kCancelled, "nobody waits for the end of the batch any more");
}

int order(ControlArguments& arguments, RemoteOrder what, const std::stop_token& stop) {
  auto remote = connect(arguments.remote);
  if (!remote) return fail(remote.error());
  auto state = remote->order(arguments.pipeline, what, stop);
  if (state && *state == "stopping") state = state_after_stop(*remote, arguments.pipeline, stop);
  if (!state) return fail(state.error());
  write_all(STDOUT_FILENO,
            (arguments.pipeline.empty() ? "" : arguments.pipeline + ": ") + *state + "\n");
  return kFine;
}

int silence(ControlArguments& arguments, const std::stop_token& stop) {
  auto remote = connect(arguments.remote);
  if (!remote) return fail(remote.error());
  const auto until = remote->silence(arguments.pipeline, arguments.silence, stop);
  if (!until) return fail(until.error());
  write_all(STDOUT_FILENO,
            arguments.silence.alert + ": silent until " + iso_time_text(*until) + "\n");
  return kFine;
}

int savepoint(ControlArguments& arguments, const std::stop_token& stop) {
  auto remote = connect(arguments.remote);
  if (!remote) return fail(remote.error());
  const auto made = remote->savepoint(arguments.pipeline, arguments.savepoint_to, stop);
  if (!made) return fail(made.error());
  const std::string held =
      made->batch < 0 ? "before the first batch" : "of batch " + std::to_string(made->batch);
  write_all(STDOUT_FILENO, (arguments.pipeline.empty() ? "" : arguments.pipeline + ": ") +
                               "savepoint " + held + ", " +
                               bytes_text(static_cast<std::int64_t>(made->bytes)) + ": backup " +
                               std::to_string(made->number) + " in " + made->folder +
                               "\nrestore it with: " + made->restore + "\n");
  return kFine;
}

int save(ControlArguments& arguments, const std::stop_token& stop) {
  auto remote = connect(arguments.remote);
  if (!remote) return fail(remote.error());
  const auto page = remote->saved_page(arguments.pipeline, arguments.saved.tab, stop);
  if (!page) return fail(page.error());
  if (auto written = write_saved_page(arguments.saved, *page); !written) {
    return fail(written.error());
  }
  return kFine;
}

/// Runs `run`; Ctrl+C ends the asking.
template <class Run>
int stoppable(Run run) {
  std::stop_source stop;
  const StopSignals signals([&stop] { stop.request_stop(); });
  return run(stop.get_token());
}

template <class AddOptions>
void add_silence_command(CLI::App& ctl, Action& action,
                         const std::shared_ptr<ControlArguments>& arguments,
                         const AddOptions& add_options) {
  CLI::App* command = ctl.add_subcommand("silence", "Informs nobody of an alert for some time");
  add_options(command);
  RemoteSilence& silenced = arguments->silence;
  command->add_option("--alert", silenced.alert, "The alert's name")->type_name("NAME")->required();
  command->add_option("--key", silenced.key, "One key of it; otherwise all")->type_name("KEY");
  command->add_option("--for", silenced.duration, "For how long; 0s ends it")
      ->type_name("DURATION")
      ->capture_default_str();
  command->footer("Example:\n  sluice ctl silence plant --alert hot --for 2h");
  command->callback([&action, arguments] {
    action = [arguments] {
      return stoppable([&](const std::stop_token& stop) { return silence(*arguments, stop); });
    };
  });
}

template <class AddOptions>
void add_savepoint_command(CLI::App& ctl, Action& action,
                           const std::shared_ptr<ControlArguments>& arguments,
                           const AddOptions& add_options) {
  CLI::App* command = ctl.add_subcommand(
      "savepoint", "Copies the checkpoint now, between two batches, for another run to start from");
  add_options(command);
  command
      ->add_option("--to", arguments->savepoint_to,
                   "A folder of the machine on which the pipeline runs, as a whole path, or of a "
                   "store; otherwise that of the file's `backup`")
      ->type_name("FOLDER");
  command->footer(
      "Examples:\n  sluice ctl savepoint orders\n"
      "  sluice ctl savepoint orders --to s3://backups/before-the-move\n\n"
      "The pipeline goes on meanwhile, whatever becomes of the copy. `sluice checkpoint restore` "
      "makes a\ncheckpoint of it.");
  command->callback([&action, arguments] {
    action = [arguments] {
      return stoppable([&](const std::stop_token& stop) { return savepoint(*arguments, stop); });
    };
  });
}

template <class AddOptions>
void add_exporting(CLI::App& ctl, Action& action,
                   const std::shared_ptr<ControlArguments>& arguments,
                   const AddOptions& add_options) {
  CLI::App* command = ctl.add_subcommand("export", "Saves its charts as one HTML file");
  add_options(command);
  add_saved_page_options(*command, arguments->saved, true);
  command->footer(
      "Example:\n  sluice ctl export orders -o orders.html\n\n"
      "Of tables without a job: sluice dashboard TABLE -o FILE");
  command->callback([&action, arguments] {
    action = [arguments] {
      return stoppable([&](const std::stop_token& stop) { return save(*arguments, stop); });
    };
  });
}

}  // namespace

void add_control_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ControlArguments>();
  CLI::App* ctl = app.add_subcommand("ctl", "Ask a running sluice: status, pause, reload ...");
  ctl->footer(kControlExample);
  ctl->require_subcommand(1);
  const auto add_options = [arguments](CLI::App* command) {
    command->add_option("pipeline", arguments->pipeline, "The pipeline's name")->type_name("NAME");
    add_remote_options(*command, arguments->remote, "Where it serves its page: HOST:PORT, or a URL")
        ->capture_default_str();
  };
  CLI::App* show = ctl->add_subcommand("status", "How its pipelines are, in words");
  add_options(show);
  show->add_flag("--json", arguments->json, "As one JSON object, with all that is known");
  show->footer("Example:\n  sluice ctl status\n\nEnds with 1 when a pipeline has failed.");
  show->callback([&action, arguments] {
    action = [arguments] {
      return stoppable([&](const std::stop_token& stop) { return status(*arguments, stop); });
    };
  });
  const auto add_order = [&](const char* name, const char* help, RemoteOrder what) {
    CLI::App* command = ctl->add_subcommand(name, help);
    add_options(command);
    command->footer(std::string("Example:\n  sluice ctl ") + name + " orders");
    command->callback([&action, arguments, what] {
      action = [arguments, what] {
        return stoppable(
            [&](const std::stop_token& stop) { return order(*arguments, what, stop); });
      };
    });
  };
  add_order("start", "Begins a run of a pipeline that has ended", RemoteOrder::kStart);
  add_order("pause", "Begins no batch after the one in hand", RemoteOrder::kPause);
  add_order("resume", "Goes on after a pause", RemoteOrder::kResume);
  add_order("trigger", "A batch now instead of at the next tick", RemoteOrder::kTrigger);
  add_order("drain", "Processes what the sources have now, then ends", RemoteOrder::kDrain);
  add_order("stop", "Ends after the batch in hand, and waits for that", RemoteOrder::kStop);
  add_order("reload", "Reads the file again and takes it over between two batches",
            RemoteOrder::kReload);
  add_savepoint_command(*ctl, action, arguments, add_options);
  add_exporting(*ctl, action, arguments, add_options);
  add_silence_command(*ctl, action, arguments, add_options);
}

}  // namespace sluice::cli
