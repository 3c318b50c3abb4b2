#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/quantity_text.h"
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/hex_dump.h"
#include "cli/pipeline_files.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"
#include "sluice/dead_letters.h"

namespace sluice::cli {
namespace {

/// Read at once; of each of them so many bytes.
constexpr std::int64_t kPageLetters = 1000;
constexpr std::size_t kListedBytesMax = 4096;
constexpr std::size_t kColumnBytesMax = 60;
constexpr std::size_t kListedReasonsMax = 20;
/// That `show` prints as text and as digits; --raw gives all.
constexpr std::size_t kShownBytesMax = 4096;

constexpr const char* kDeadLetterExample = R"(Examples:
  sluice deadletter list pipeline.yaml
  sluice deadletter list pipeline.yaml --reason "column amount: not an integer" --limit 10
  sluice deadletter show pipeline.yaml 12-9f3a22c1b07d4e55
  sluice deadletter replay pipeline.yaml --source orders

Records that did not decode are kept with their bytes. They can be looked at, and sent once more
through the pipeline as it is now, whether it runs or not.)";

struct DeadLetterArguments {
  std::string path;
  std::vector<std::string> variables;
  std::string shard;
  DeadLetterFilter filter;
  std::int64_t limit = 20;
  std::string format = "table";
  std::vector<std::string> ids;
  bool raw = false;
  bool all = false;
  bool again = false;
};

Result<std::unique_ptr<DeadLetters>> open(const DeadLetterArguments& arguments) {
  SLUICE_ASSIGN(const auto variables, parse_variables(arguments.variables));
  SLUICE_ASSIGN(const auto shard, shard_option(arguments.shard));
  SLUICE_ASSIGN(const Pipeline pipeline, Pipeline::load(arguments.path, variables, nullptr, shard));
  return DeadLetters::open(pipeline);
}

std::string replay_text(const DeadLetter& letter) {
  if (letter.waits) return "waits for the next batch";
  if (letter.replayed_in) return "in batch " + std::to_string(*letter.replayed_in);
  return "-";
}

void warn_of_elsewhere(const DeadLetters& letters) {
  const bool colour = look_at_terminal(STDERR_FILENO).colour;
  for (const std::string& words : letters.elsewhere()) {
    write_all(STDERR_FILENO, warning_text(words, colour));
  }
}

std::vector<std::string> table_row(const DeadLetter& letter) {
  const std::string value =
      letter.bytes ? shown_text(*letter.bytes, kColumnBytesMax) : "(no value)";
  return {letter.id,     time_text(letter.time_us / 1000), shown_text(letter.place),
          letter.reason, bytes_text(letter.size),          replay_text(letter),
          value};
}

int list(const DeadLetterArguments& arguments, const std::stop_token& stop) {
  auto letters = open(arguments);
  if (!letters) return fail(letters.error(), arguments.path);
  const bool json = arguments.format == "json";
  std::vector<std::vector<std::string>> rows = {
      {"id", "time", "place", "reason", "size", "replayed", "record"}};
  std::optional<DeadLetterPage> first;
  std::int64_t left = arguments.limit;
  for (std::int64_t from = 0; left > 0; from += kPageLetters, left -= kPageLetters) {
    auto page = (*letters)->list(arguments.filter, from, std::min(left, kPageLetters),
                                 kListedBytesMax, stop);
    if (!page) return fail(page.error(), arguments.path);
    std::string lines;
    for (const DeadLetter& letter : page->letters) {
      if (json) {
        lines += dead_letter_json(letter) + "\n";
      } else {
        rows.push_back(table_row(letter));
      }
    }
    if (json && !write_all(STDOUT_FILENO, lines)) return kFine;
    const bool is_last = static_cast<std::int64_t>(page->letters.size()) < kPageLetters;
    if (!first) first = *std::move(page);
    if (is_last) break;
  }
  warn_of_elsewhere(**letters);
  if (json || !first) return kFine;
  std::string text = counted(first->total, "dead letter", "dead letters") + "\n";
  for (std::size_t i = 0; i < std::min(kListedReasonsMax, first->reasons.size()); ++i) {
    text += "  " + count_text(first->reasons[i].count) + "  " + first->reasons[i].reason + "\n";
  }
  if (first->reasons.size() > kListedReasonsMax) text += "  ... and other reasons\n";
  if (rows.size() > 1) text += "\n" + text_columns(rows);
  write_all(STDOUT_FILENO, text);
  return kFine;
}

int show(const DeadLetterArguments& arguments, const std::stop_token& stop) {
  auto letters = open(arguments);
  if (!letters) return fail(letters.error(), arguments.path);
  const auto found = (*letters)->find(arguments.ids.front(), stop);
  if (!found) return fail(found.error(), arguments.path);
  const DeadLetter& letter = *found;
  if (arguments.raw) {
    write_all(STDOUT_FILENO, letter.bytes.value_or(""));
    return kFine;
  }
  std::string text = letter.id + "\n  source    " + letter.source + "\n  place     " +
                     shown_text(letter.place, kListedBytesMax) + "\n  time      " +
                     time_text(letter.time_us / 1000) + "\n  batch     " +
                     std::to_string(letter.batch) + "\n  reason    " + letter.reason +
                     "\n  size      " + bytes_text(letter.size) + "\n  replayed  " +
                     replay_text(letter) + "\n\n";
  if (!letter.bytes) {
    text += "(no value)\n";
  } else {
    const std::string_view shown = std::string_view(*letter.bytes).substr(0, kShownBytesMax);
    text += shown_text(*letter.bytes, kShownBytesMax) + "\n\n" + hex_dump(shown);
    if (shown.size() < letter.bytes->size()) {
      text += "... " + count_text(static_cast<std::int64_t>(letter.bytes->size() - shown.size())) +
              " more bytes: --raw gives all\n";
    }
  }
  write_all(STDOUT_FILENO, text);
  return kFine;
}

int replay(const DeadLetterArguments& arguments, const std::stop_token& stop) {
  const DeadLetterFilter& filter = arguments.filter;
  const bool narrowed =
      !filter.source.empty() || !filter.reason.empty() || !filter.contains.empty();
  const int ways = (arguments.ids.empty() ? 0 : 1) + (narrowed ? 1 : 0) + (arguments.all ? 1 : 0);
  if (ways != 1) {
    return fail(
        user_error("say which dead letters: ids, or --reason, --source and --contains, or "
                   "--all"));
  }
  auto letters = open(arguments);
  if (!letters) return fail(letters.error(), arguments.path);
  const auto answer = arguments.ids.empty()
                          ? (*letters)->replay(filter, arguments.again, stop)
                          : (*letters)->replay(arguments.ids, arguments.again, stop);
  if (!answer) return fail(answer.error(), arguments.path);
  if (arguments.ids.empty()) warn_of_elsewhere(**letters);
  std::string text;
  if (answer->accepted > 0) {
    text += counted(answer->accepted, "record goes", "records go") +
            " through the pipeline with its next batch\n";
  }
  if (answer->waiting > 0) {
    text += counted(answer->waiting, "waits", "wait") + " for the next batch already\n";
  }
  if (const std::int64_t before = answer->rejected - answer->waiting; before > 0) {
    text += counted(before, "was", "were") + " replayed before; --again replays " +
            (before == 1 ? "it" : "them") + " once more\n";
  }
  if (text.empty()) text = "no dead letter matches\n";
  write_all(STDOUT_FILENO, text);
  return kFine;
}

int cancel(const DeadLetterArguments& arguments, const std::stop_token& stop) {
  if (arguments.ids.empty() != arguments.all) {
    return fail(user_error("say which dead letters: ids, or --all"));
  }
  auto letters = open(arguments);
  if (!letters) return fail(letters.error(), arguments.path);
  const auto answer = (*letters)->cancel(arguments.ids, stop);
  if (!answer) return fail(answer.error(), arguments.path);
  std::string text;
  if (answer->cancelled > 0) {
    text += counted(answer->cancelled, "dead letter is", "dead letters are") + " taken back\n";
  }
  if (answer->unknown > 0) {
    text += counted(answer->unknown, "does", "do") + " not wait\n";
  }
  if (text.empty()) text = "no dead letter waits\n";
  write_all(STDOUT_FILENO, text);
  return kFine;
}

CLI::App* add(CLI::App& parent, Action& action,
              const std::shared_ptr<DeadLetterArguments>& arguments, const std::string& name,
              const std::string& text,
              int (*work)(const DeadLetterArguments&, const std::stop_token&)) {
  CLI::App* command = parent.add_subcommand(name, text);
  command->add_option("file", arguments->path, "The pipeline file")->required()->type_name("FILE");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_shard_option(*command, arguments->shard);
  command->callback([&action, arguments, work] {
    action = [arguments, work] {
      const StopSignals signals([] {});
      return work(*arguments, signals.token());
    };
  });
  return command;
}

void add_filter(CLI::App* command, const std::shared_ptr<DeadLetterArguments>& arguments) {
  command->add_option("--source", arguments->filter.source, "Of this source only")
      ->type_name("NAME");
  command
      ->add_option("--reason", arguments->filter.reason,
                   "With this reason only, as `list` writes it")
      ->type_name("TEXT");
  command
      ->add_option("--contains", arguments->filter.contains,
                   "With this text in the record, in any case of letters")
      ->type_name("TEXT");
}

}  // namespace

void add_deadletter_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<DeadLetterArguments>();
  CLI::App* deadletter =
      app.add_subcommand("deadletter", "List, show and replay records that did not decode");
  deadletter->require_subcommand(1);
  deadletter->footer(kDeadLetterExample);

  CLI::App* listing =
      add(*deadletter, action, arguments, "list", "Show dead letters, the newest first", list);
  add_filter(listing, arguments);
  listing->add_option("--limit", arguments->limit, "How many")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  listing->add_option("--format", arguments->format, "table, or json: one object a line")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  listing->footer(
      "Example:\n  sluice deadletter list pipeline.yaml --contains alice --format json");

  CLI::App* showing = add(*deadletter, action, arguments, "show",
                          "Show one dead letter: where it came from, its text and bytes", show);
  showing->add_option("id", arguments->ids, "Its id, as `list` writes it")
      ->required()
      ->expected(1)
      ->type_name("ID");
  showing->add_flag("--raw", arguments->raw, "Its bytes alone, all of them, as they are");
  showing->footer(
      "Example:\n  sluice deadletter show pipeline.yaml 12-9f3a22c1b07d4e55 --raw > record");

  CLI::App* replaying =
      add(*deadletter, action, arguments, "replay",
          "Send dead letters through the pipeline once more, exactly once", replay);
  replaying->add_option("ids", arguments->ids, "Ids, as `list` writes them")->type_name("ID");
  add_filter(replaying, arguments);
  replaying->add_flag("--all", arguments->all, "All dead letters");
  replaying->add_flag("--again", arguments->again, "Also those that were replayed before");
  replaying->footer(R"(Examples:
  sluice deadletter replay pipeline.yaml 12-9f3a22c1b07d4e55
  sluice deadletter replay pipeline.yaml --reason "column amount: not an integer"

The records go through the decoders, views and sinks of the pipeline's next batch, of the run that
is at work or of the next one. Those that do not decode again are new dead letters.)");

  CLI::App* cancelling = add(*deadletter, action, arguments, "cancel",
                             "Take back dead letters that wait to be replayed", cancel);
  cancelling->add_option("ids", arguments->ids, "Ids, as `list` writes them")->type_name("ID");
  cancelling->add_flag("--all", arguments->all, "All that wait");
  cancelling->footer(R"(Examples:
  sluice deadletter cancel pipeline.yaml 12-9f3a22c1b07d4e55
  sluice deadletter cancel pipeline.yaml --all

The pipeline may run or not. A batch that is at work keeps those that it has.)");
}

}  // namespace sluice::cli
