#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/progress_bar.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/transfer_options.h"
#include "sluice/host.h"
#include "sluice/transfer.h"

namespace sluice::cli {
namespace {

constexpr const char* kCopyExample = R"(Examples:
  sluice copy in/orders.csv lake/orders
  sluice copy lake/orders s3://bucket/orders.parquet
  sluice copy lake/orders kafka://localhost:9092/orders --key id
  sluice copy kafka://localhost:9092/orders kafka://other:9092/orders
  sluice copy kafka://localhost:9092/orders lake/orders --schema 'id BIGINT, price DECIMAL(18,2)'
  sluice copy in lake/orders --checkpoint lake/orders.copy
  sluice copy in/orders.csv lake/orders --print > pipeline.yaml

All that is there at the start is copied, by an ordinary pipeline, which --print shows. What is
written is a topic, or a folder: a Delta table, unless its name ends in .parquet, .csv or .jsonl, or
--to says otherwise. Rows are added to those that are there. With --checkpoint the same command
goes on where it was stopped or killed, and later copies what has come since, each row once;
without it a second copy adds all rows again.

Records of a topic without --format or --schema are copied as they are: into a topic with keys,
headers, partitions (which must be there) and times, elsewhere as columns key, value, topic ....
CSV and JSON lines without --schema get the types that they look like. Records that do not decode
are kept in the checkpoint's folder dead_letter.

${NAME} and ${file:/path} in addresses and options are put in as in a pipeline file: a password
belongs there, since others see command lines. Exit codes are those of sluice run; a copy that was
stopped before its end has 130, and one of which no record decoded 2.)";

struct CopyArguments {
  CopyRequest request;
  bool print = false;
};

class CopyReport final : public HostListener {
 public:
  void on_state(const std::string& /*pipeline*/, PipelineState /*state*/,
                const Error* /*error*/) override {}
  void on_start(const std::string& /*pipeline*/, std::int64_t next_batch, int redone) override {
    bar.on_start(next_batch, redone);
  }
  void on_batch(const std::string& /*pipeline*/, const BatchProgress& batch) override {
    bar.on_batch(batch);
  }
  void on_retry(const std::string& /*pipeline*/, const std::string& what, int attempt,
                std::int64_t pause_ms) override {
    bar.on_retry(what, attempt, pause_ms);
  }

  ProgressBar bar;
};

/// A checkpoint's folder for one copy, removed with it unless it is kept.
class OwnCheckpoint {
 public:
  static Result<std::unique_ptr<OwnCheckpoint>> make() {
    std::string path = std::filesystem::temp_directory_path() / "sluice-copy-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return user_error("no folder for the checkpoint can be made in " + path + ": " +
                        std::generic_category().message(errno) + "; give one with --checkpoint");
    }
    return std::unique_ptr<OwnCheckpoint>(new OwnCheckpoint(std::move(path)));
  }
  ~OwnCheckpoint() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  OwnCheckpoint(const OwnCheckpoint&) = delete;
  OwnCheckpoint& operator=(const OwnCheckpoint&) = delete;

  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  explicit OwnCheckpoint(std::string path) : path_(std::move(path)) {}

  std::string path_;
  bool kept_ = false;
};

void say_aside(const std::string& text) { write_all(STDERR_FILENO, text + "\n"); }

void say_notes(const CopyPlan& plan) {
  for (const std::string& note : plan.notes) say_aside("note: " + one_line(note));
}

int fail_in_plan(const Error& error) {
  const int code = fail(error);
  if (error.message().starts_with("copy.yaml:"))
    say_aside("--print shows copy.yaml where it can be read");
  return code;
}

/// What became of it, and the exit code. `own` is null when the checkpoint is the user's.
int report_end(const HostedPipeline& pipeline, const ProgressBar& report, const std::string& to,
               const std::string& checkpoint, OwnCheckpoint* own) {
  const PipelineSnapshot end = pipeline.snapshot();
  const CopyProgress& progress = report.progress();
  const bool whole = end.state == PipelineState::kFinished;
  say_aside(counted(progress.written(), "row", "rows") + " (" + bytes_text(progress.bytes()) +
            ") to " + to + " in " + duration_text(report.elapsed_us()) + " (" +
            rate_text(progress.written(), report.elapsed_us()) + ")" + (whole ? "" : ", not all"));
  if (progress.dead_letters() > 0) {
    if (own != nullptr) own->keep();
    write_all(STDERR_FILENO,
              warning_text(counted(progress.dead_letters(), "record", "records") +
                               " did not decode (" + one_line(progress.first_dead_letter()) +
                               "); kept in " + checkpoint + "/dead_letter",
                           look_at_terminal(STDERR_FILENO).colour));
  }
  if (!whole && own != nullptr && end.summary.batches > 0) {
    own->keep();
    say_aside("to go on: the same command with --checkpoint " + checkpoint);
  }
  if (end.state == PipelineState::kFailed && end.error) {
    return fail_in_plan(Error(end.error->kind, end.error->message));
  }
  if (!whole) return kInterrupted;
  if (progress.dead_letters() > 0 && progress.dead_letters() == progress.rows()) {
    return fail(
        user_error("no record decoded, so nothing was copied; say with --schema, --format "
                   "or --from-option what the records are"));
  }
  return kFine;
}

int copy(CopyArguments& arguments) {
  std::mutex mutex;  // guards `running`
  Host* running = nullptr;
  const StopSignals signals([&] {
    const std::lock_guard lock(mutex);
    if (running != nullptr) running->stop();
  });
  CopyRequest& request = arguments.request;
  std::unique_ptr<OwnCheckpoint> own;
  if (request.checkpoint.empty()) {
    if (arguments.print) {
      request.checkpoint = "checkpoint";
    } else {
      auto made = OwnCheckpoint::make();
      if (!made) return fail(made.error());
      own = *std::move(made);
      request.checkpoint = own->path();
    }
  }
  const auto plan = plan_copy(request);
  if (!plan) return fail_in_plan(plan.error());
  say_notes(*plan);
  if (arguments.print) {
    write_all(STDOUT_FILENO, plan->shown);
    return kFine;
  }
  auto pipeline = Pipeline::parse(plan->pipeline, "copy.yaml");
  if (!pipeline) return fail_in_plan(pipeline.error());
  CopyReport report;
  HostOptions options;
  options.listener = &report;
  options.names_in_log = false;
  Host host(options);
  auto added = host.add(*std::move(pipeline));
  if (!added) return fail_in_plan(added.error());
  {
    const std::lock_guard lock(mutex);
    if (!signals.token().stop_requested()) static_cast<void>((*added)->start());
    running = &host;
  }
  host.wait();
  {
    const std::lock_guard lock(mutex);
    running = nullptr;
  }
  report.bar.close();
  return report_end(**added, report.bar, plan->to, request.checkpoint, own.get());
}

}  // namespace

void add_copy_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* command = app.add_subcommand("copy", "Copy all rows from one place to another");
  command->footer(kCopyExample);
  CopyRequest& request = arguments->request;
  command
      ->add_option("source", request.from.address,
                   "A file, a folder, a Delta table, here or in a store, or a connector's address")
      ->required()
      ->type_name("SRC");
  command
      ->add_option("target", request.to, "A folder, here or in a store, or a connector's address")
      ->required()
      ->type_name("DST");
  add_source_options(*command, request.from);
  command
      ->add_option(
          "--to", request.to_kind,
          "What a folder becomes: delta, parquet, csv or json_lines; by default its name's "
          "ending, or what it is, or delta")
      ->type_name("KIND");
  command->add_option("--key", request.key, "The column that is the key of records")
      ->type_name("COLUMN");
  command
      ->add_option("--value", request.value,
                   "How rows become records: json, avro: {...}, csv: {delimiter: \";\"} ...")
      ->type_name("FORMAT");
  command
      ->add_option("--to-option", request.to_options,
                   "A further option of the sink (docs/reference/options.md), its value in YAML; "
                   "may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command
      ->add_option("--checkpoint", request.checkpoint,
                   "Keep what is copied already in this folder: the copy can go on, exactly once")
      ->type_name("FOLDER");
  command->add_flag("--print", arguments->print, "Print the pipeline file, and run nothing");
  command->callback([&action, arguments] { action = [arguments] { return copy(*arguments); }; });
}

}  // namespace sluice::cli
