#include "config/alert_keys.h"

#include <algorithm>
#include <iterator>

namespace sluice::config {
namespace {

constexpr double kYear = 86'400'000'000.0 * 365;

std::vector<OptionSpec> condition_keys() {
  return {
      {.name = "when",
       .type = OptionType::kText,
       .text = "A SELECT over sources, tables and views; each row of it is a key that fires. Of a "
               "source or a view on streams it sees the batch's rows, of an aggregate the whole "
               "result. It is asked with batches, at the end of each; a failing query costs no "
               "batch.",
       .example = "SELECT sensor, t FROM averages WHERE t > 80"},
      {.name = "lag",
       .type = OptionType::kText,
       .text = "Fires for each source with more records unread (a number), or whose oldest unread "
               "record is older (a duration), after a batch.",
       .example = "5m"},
      {.name = "freshness",
       .type = OptionType::kDuration,
       .text = "Fires when no batch with rows was published for so long, also while a batch hangs "
               "or is tried again, and while the pipeline is paused.",
       .minimum = 1'000,
       .maximum = kYear,
       .example = "5m"},
      {.name = "no_data",
       .type = OptionType::kDuration,
       .text = "Fires for each source that has given no rows for so long.",
       .minimum = 1'000,
       .maximum = kYear,
       .example = "10m"},
      {.name = "dead_letters",
       .type = OptionType::kText,
       .text = "Fires for each source of whose records in the last minute more do not decode: a "
               "part of them (1 %) or a number.",
       .example = "1 %"},
      {.name = "batch_longer_than",
       .type = OptionType::kText,
       .text = "Fires when a batch took longer than this duration, or than its `trigger`.",
       .example = "trigger"},
      {.name = "failed",
       .type = OptionType::kBoolean,
       .text = "Fires when the pipeline ends with an error, and is over with the next batch.",
       .example = "true"},
  };
}

std::vector<OptionSpec> key_keys() {
  return {
      {.name = "key",
       .type = OptionType::kTextList,
       .text = "The columns of `when` that say what fires: each key has an incident of its own. By "
               "default all that are no numbers; without any there is one incident. 1,000 keys are "
               "followed, more are counted as one.",
       .example = "[sensor]"},
      {.name = "source",
       .type = OptionType::kText,
       .text = "The source that lag, no_data or dead_letters is about. By default each."},
      {.name = "text",
       .type = OptionType::kText,
       .text = "What is said of a key, with its columns in braces. By default all columns.",
       .example = "\"{sensor} is {t} °C\""},
      {.name = "clear_when",
       .type = OptionType::kText,
       .text = "A SELECT with the columns of the key: what fires ends only when this has a row of "
               "its key, not as soon as `when` has none. So a value may go back some way without "
               "a new incident each time.",
       .example = "SELECT sensor FROM averages WHERE t < 75"},
      {.name = "every",
       .type = OptionType::kDuration,
       .text =
           "The query of `when` is asked no more often; rows of batches in between are not seen "
           "by it. By default it is asked with each batch, and one over whole results less "
           "often, down to once a second, while it would take more than a tenth of the time.",
       .minimum = 1'000,
       .maximum = kYear,
       .example = "10s"},
  };
}

std::vector<OptionSpec> time_keys() {
  return {
      {.name = "for",
       .type = OptionType::kDuration,
       .text = "The condition must hold so long before it fires; until then it is pending.",
       .default_text = "0s",
       .minimum = 0,
       .maximum = kYear,
       .example = "30s"},
      {.name = "keep_firing_for",
       .type = OptionType::kDuration,
       .text = "It goes on firing so long after the condition held last.",
       .default_text = "0s",
       .minimum = 0,
       .maximum = kYear,
       .example = "1m"},
      {.name = "repeat",
       .type = OptionType::kDuration,
       .text = "While it fires it is said again after so long. By default it is said once.",
       .minimum = 1'000'000,
       .maximum = kYear,
       .example = "4h"},
      {.name = "group_by",
       .type = OptionType::kTextList,
       .text = "The columns of `when` by which keys are said in one notice; []: all keys of the "
               "alert. By default each key has its own.",
       .example = "[building]"},
      {.name = "group_wait",
       .type = OptionType::kDuration,
       .text = "With group_by: how long changes are gathered before they are said.",
       .default_text = "10s",
       .minimum = 0,
       .maximum = 3'600'000'000.0,
       .example = "30s"},
  };
}

std::vector<OptionSpec> notice_keys() {
  return {
      {.name = "severity",
       .type = OptionType::kChoice,
       .text = "How bad it is: page (somebody must come), warn or info.",
       .default_text = "warn",
       .choices = {"page", "warn", "info"}},
      {.name = "title",
       .type = OptionType::kText,
       .text = "A name for people. By default the alert's own.",
       .example = "Hot sensor"},
      {.name = "help", .type = OptionType::kText, .text = "What to do about it."},
      {.name = "to",
       .type = OptionType::kTextList,
       .text = "Who gets it: names of `notify`, or log. By default the log.",
       .default_text = "log",
       .example = "[ops, log]"},
      {.name = "resolved",
       .type = OptionType::kBoolean,
       .text = "Whether receivers learn that it is over, too.",
       .default_text = "true"},
  };
}

}  // namespace

const std::vector<OptionSpec>& alert_keys() {
  static const std::vector<OptionSpec> kKeys = [] {
    std::vector<OptionSpec> keys = condition_keys();
    for (auto part : {key_keys, time_keys, notice_keys}) {
      std::ranges::move(part(), std::back_inserter(keys));
    }
    return keys;
  }();
  return kKeys;
}

std::vector<OptionSpec> alert_part_keys() {
  return {
      {.name = "alerts",
       .type = OptionType::kAny,
       .text = "When somebody is to be informed, by rows or by how the job goes: a map of name to "
               "alert.",
       .example = "{hot: {when: \"SELECT sensor FROM averages WHERE t > 80\", for: 30s, to: ops}}"},
      {.name = "notify",
       .type = OptionType::kAny,
       .text =
           "Who is informed by alerts: a map of name to webhook, slack, pagerduty, email, kafka "
           "or log.",
       .example = "{ops: {webhook: {url: \"https://ops.example.com/alerts\"}}}"},
  };
}

const std::vector<std::string>& alert_conditions() {
  static const std::vector<std::string> kNames = {
      "when", "lag", "freshness", "no_data", "dead_letters", "batch_longer_than", "failed"};
  return kNames;
}

}  // namespace sluice::config
