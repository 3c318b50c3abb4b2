#include <charconv>

#include "base/timestamp_text.h"
#include "connector/path_option.h"
#include "connectors/delta/delta_source.h"

namespace sluice::connectors {
namespace {

constexpr const char* kHowToStart =
    "write earliest, latest, {version: 12} or {timestamp: \"2024-05-01 12:00:00\"}";

constexpr const char* kStartSchema =
    R"({"anyOf":[{"enum":["earliest","latest"]},{"type":"object","additionalProperties":false,)"
    R"("properties":{"version":{"type":"integer","minimum":0},)"
    R"("timestamp":{"type":["string","integer"]}},"minProperties":1,"maxProperties":1}]})";

std::vector<OptionSpec> source_option_specs() {
  return {
      {.name = "path",
       .type = OptionType::kPath,
       .text = "The table's folder.",
       .required = true,
       .example = "lake/bronze"},
      {.name = "start",
       .type = OptionType::kAny,
       .text =
           "Where a new checkpoint starts: `earliest` (all rows of the table as it is now, then "
           "each later version), `latest` (later versions only), `{version: 12}` (the changes "
           "of that version and later ones) or `{timestamp: \"2024-05-01 12:00:00\"}` (of the "
           "first version of that time or later, UTC unless a zone is given). An existing "
           "checkpoint goes on from its position.",
       .default_text = "earliest",
       .example = "{version: 12}",
       .schema_json = kStartSchema},
      {.name = "ignore_deletes",
       .type = OptionType::kBoolean,
       .text = "Commits that only delete rows are skipped. Without it, or one of the two below, "
               "a commit that deletes or changes rows stops the pipeline, by its version.",
       .default_text = "false"},
      {.name = "skip_change_commits",
       .type = OptionType::kBoolean,
       .text = "Commits that delete or change rows are skipped, with all that they add.",
       .default_text = "false"},
      {.name = "ignore_changes",
       .type = OptionType::kBoolean,
       .text = "For commits that change rows the rewritten files are read, including the rows in "
               "them that did not change: rows may come twice.",
       .default_text = "false"},
      {.name = "change_feed",
       .type = OptionType::kBoolean,
       .text = "The change data feed: all kinds of changes as rows, with the columns _change_type "
               "(insert, delete, update_preimage, update_postimage), _commit_version and "
               "_commit_timestamp. The table must keep one (delta.enableChangeDataFeed).",
       .default_text = "false"},
      {.name = "max_files_per_trigger",
       .type = OptionType::kInteger,
       .text = "Files that one batch takes at most.",
       .default_text = "1000",
       .minimum = 1,
       .maximum = 100'000},
      {.name = "max_bytes_per_trigger",
       .type = OptionType::kByteSize,
       .text = "Once a batch has files of this size it takes no more. Default: no limit.",
       .minimum = 1},
  };
}

Result<DeltaStart> parse_start(const ConfigValue& value) {
  if (value.shape() == ConfigValue::Shape::kScalar) {
    if (value.text() == "earliest") return DeltaStart(StartWithTable{});
    if (value.text() == "latest") return DeltaStart(StartLatest{});
    return value.error("'" + value.text() + "' is not a start; " + kHowToStart);
  }
  if (value.shape() == ConfigValue::Shape::kMap && value.entries().size() == 1) {
    const ConfigValue::Entry& entry = value.entries().front();
    const std::string text =
        entry.value.shape() == ConfigValue::Shape::kScalar ? entry.value.text() : "";
    if (entry.key == "version") {
      std::int64_t version = -1;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), version);
      if (read.ec == std::errc() && read.ptr == text.data() + text.size() && version >= 0) {
        return DeltaStart(StartVersion{version});
      }
      return entry.value.error("'" + text + "' is not a version; versions are numbers from 0");
    }
    if (entry.key == "timestamp") {
      if (const auto time = parse_timestamp_ms(text)) return DeltaStart(StartTime{*time});
      return entry.value.error(
          "'" + text +
          "' is not a timestamp; write \"2024-05-01 12:00:00\" (UTC), add a zone "
          "like +02:00, or give milliseconds since 1970");
    }
  }
  return value.error(std::string("this is not a start; ") + kHowToStart);
}

Result<std::unique_ptr<connector::Source>> make_source(const Options& options,
                                                       const connector::Context& context) {
  DeltaSourceOptions given;
  SLUICE_ASSIGN(given.path, connector::path_option(options, "path", context.files));
  SLUICE_ASSIGN(given.start, parse_start(options.value("start")));
  given.rules = {.ignore_deletes = options.boolean("ignore_deletes"),
                 .ignore_changes = options.boolean("ignore_changes"),
                 .skip_change_commits = options.boolean("skip_change_commits"),
                 .change_feed = options.boolean("change_feed")};
  for (const char* other : {"ignore_deletes", "ignore_changes", "skip_change_commits"}) {
    if (!given.rules.change_feed || !options.boolean(other)) continue;
    return options.value(other).error("change_feed reads every change; leave '" +
                                      std::string(other) + "' out");
  }
  given.files_per_trigger_max = options.integer("max_files_per_trigger");
  return {std::make_unique<DeltaSource>(std::move(given), context)};
}

}  // namespace

connector::SourceKind delta_source_kind() {
  connector::SourceKind kind;
  kind.name = "delta";
  kind.text =
      "A Delta Lake table as a stream: its rows, then those of each new version; or its "
      "change data feed.";
  kind.options = source_option_specs();
  kind.make = make_source;
  kind.address = {.marker = "_delta_log", .example = "FOLDER"};
  return kind;
}

}  // namespace sluice::connectors
