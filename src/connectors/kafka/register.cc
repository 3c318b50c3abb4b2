#include <regex>

#include "connector/registry.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/topic_name.h"

namespace sluice::connectors {

namespace {

constexpr const char* kStartSchema = R"json({"oneOf": [
  {"enum": ["earliest", "latest"]},
  {"type": "object", "additionalProperties": false, "required": ["timestamp"],
   "properties": {"timestamp": {"type": ["string", "integer"]}}},
  {"type": "object", "additionalProperties": false, "required": ["offsets"],
   "properties": {"offsets": {"type": "object"}}}]})json";

constexpr const char* kEndSchema = R"json({"oneOf": [
  {"enum": ["latest"]},
  {"type": "object", "additionalProperties": false, "required": ["timestamp"],
   "properties": {"timestamp": {"type": ["string", "integer"]}}},
  {"type": "object", "additionalProperties": false, "required": ["offsets"],
   "properties": {"offsets": {"type": "object"}}}]})json";

/// What only some options have.
struct Extras {
  std::string default_text{};
  std::optional<double> minimum{};
  std::string example{};
  std::string schema_json{};
};

OptionSpec option(std::string name, OptionType type, std::string text, Extras extras) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.text = std::move(text);
  spec.default_text = std::move(extras.default_text);
  spec.minimum = extras.minimum;
  spec.example = std::move(extras.example);
  spec.schema_json = std::move(extras.schema_json);
  return spec;
}

std::vector<OptionSpec> topic_options() {
  return {
      option("topic", OptionType::kTextList, "The topic to read, or a list of topics.",
             {.example = "[invoices, invoices_eu]"}),
      option("topic_pattern", OptionType::kText,
             "Instead of `topic`: a regular expression (ECMAScript) that the whole name of a topic "
             "must match. Topics that are created later are picked up. Names that begin with "
             "`_sluice_commits` or `__` match none.",
             {.example = "invoices_.*"}),
      option(
          "start", OptionType::kAny,
          "Where a new checkpoint starts: `earliest`, `latest`, `{timestamp: \"2024-05-01 "
          "12:00:00\"}` (the first record of that time or later, UTC unless a zone is given; "
          "also milliseconds since 1970) or `{offsets: {<topic>: {<partition>: <offset>}}}` with "
          "-1 for the end and -2 for the beginning of a partition. An existing checkpoint goes "
          "on from its position; partitions that appear later are read from their beginning.",
          {.default_text = "earliest",
           .example = "{offsets: {invoices: {0: 1200, 1: -2}}}",
           .schema_json = kStartSchema}),
      option(
          "end", OptionType::kAny,
          "Reads a range that ends, and then the run ends: `latest` (what is there and committed "
          "at the start), `{timestamp: ...}` (up to the first record of that time or later; to "
          "what is there at the start where no record is that young) or `{offsets: {<topic>: "
          "{<partition>: <offset>}}}`, each the offset after the last one to read, -1 for the end "
          "at the start. Found out once and kept in the checkpoint: every later run ends there, "
          "too. Partitions and topics that appear later are not read. Spark's endingOffsets.",
          {.example = "{timestamp: \"2024-05-02 00:00:00\"}", .schema_json = kEndSchema}),
      option("discover_every", OptionType::kDuration,
             "How often to look for new partitions, new topics of the pattern and topics that were "
             "deleted and created again.",
             {.default_text = "5s", .minimum = 0}),
      option("partitioned_by", OptionType::kTextList,
             "For runs in shards (`--shard`): columns of which equal values are always in one "
             "partition, because producers make the record's key of them and leave the partition "
             "to its hash. Aggregates, joins and upserts by these columns can then run in shards; "
             "each topic must have a multiple of N partitions. NULL is in no one partition.",
             {.example = "[seller]"}),
  };
}

std::vector<OptionSpec> reading_options() {
  return {
      option("max_records_per_trigger", OptionType::kInteger,
             "Records in one batch at most, shared among the partitions by what each has to give.",
             {.minimum = 1, .example = "100000"}),
      option("max_bytes_per_trigger", OptionType::kByteSize,
             "Bytes of keys, values and headers in one batch, roughly; one record always gets "
             "through. "
             "Each partition gives its share. A batch takes about three times this in memory; a "
             "view that keeps millions of keys catches up faster with more, since each batch looks "
             "through its state.",
             {.default_text = "32MiB", .minimum = 1}),
      OptionSpec{.name = "isolation",
                 .type = OptionType::kChoice,
                 .text = "read_committed: records of transactions are there once their transaction "
                         "is committed, and those of aborted ones never. read_uncommitted: all "
                         "records, as they were written.",
                 .default_text = "read_committed",
                 .choices = {"read_committed", "read_uncommitted"}},
      option("group", OptionType::kText,
             "Consumer group to which the offsets of finished batches are committed, for lag tools "
             "only. sluice itself never reads them; without it none are committed.",
             {.example = "sluice-invoices"}),
      option("prefetch_bytes", OptionType::kByteSize,
             "Bytes that are fetched ahead while a batch is being worked on, in all partitions "
             "together; at least 256 KiB a partition.",
             {.default_text = "8MiB", .minimum = 1}),
      option("stall_timeout", OptionType::kDuration,
             "How long a batch waits without any progress for records that the broker says are "
             "there (an unreachable broker is waited for) before it fails and is tried again.",
             {.default_text = "30s", .minimum = 1000}),
  };
}

std::vector<OptionSpec> source_options() {
  std::vector<OptionSpec> options = kafka::connection_options();
  for (auto* part : {&topic_options, &reading_options}) {
    for (OptionSpec& spec : part()) options.push_back(std::move(spec));
  }
  return options;
}

std::chrono::milliseconds duration_of(const Options& options, std::string_view name) {
  return std::chrono::milliseconds(options.integer(name) / 1000);
}

Status read_topics(const Options& options, kafka::SourceSettings& settings) {
  if (options.has("topic") == options.has("topic_pattern")) {
    return options.value("brokers").error(
        options.has("topic") ? "a kafka source takes 'topic' or 'topic_pattern', not both"
                             : "a kafka source needs 'topic' or 'topic_pattern'");
  }
  if (options.has("topic")) {
    settings.topics = options.text_list("topic");
    for (const std::string& topic : settings.topics) {
      SLUICE_TRY(kafka::check_topic_name(options.value("topic"), topic));
    }
    if (settings.topics.empty()) return options.value("topic").error("the list of topics is empty");
    return {};
  }
  settings.topic_pattern = options.text("topic_pattern");
  try {
    const std::regex compiled(settings.topic_pattern);
  } catch (const std::regex_error& problem) {
    return options.value("topic_pattern")
        .error("'" + settings.topic_pattern + "' is not a regular expression: " + problem.what());
  }
  return {};
}

Result<std::unique_ptr<connector::Source>> make_source(const Options& options,
                                                       const connector::Context& context) {
  kafka::SourceSettings settings;
  SLUICE_ASSIGN(settings.fetch.connection, kafka::read_connection(options));
  // The property, which was there before the option, still counts where the option is not given.
  auto& properties = settings.fetch.connection.properties;
  const std::string& isolation = options.text("isolation");
  if (isolation != "read_committed") properties["isolation.level"] = isolation;
  SLUICE_TRY(read_topics(options, settings));
  settings.start_value = options.value("start");
  SLUICE_ASSIGN(settings.start, kafka::parse_start(settings.start_value));
  if (options.has("end")) {
    settings.end_value = options.value("end");
    SLUICE_ASSIGN(settings.end, kafka::parse_end(settings.end_value));
  }
  settings.discover_every = duration_of(options, "discover_every");
  if (!context.is_table) settings.shard = context.shard;
  if (options.has("partitioned_by")) settings.partitioned_by = options.value("partitioned_by");
  if (options.has("group")) settings.fetch.group = options.text("group");
  settings.fetch.prefetch_bytes = options.integer("prefetch_bytes");
  settings.fetch.stall_timeout = duration_of(options, "stall_timeout");
  return std::unique_ptr<connector::Source>(
      std::make_unique<kafka::KafkaSource>(std::move(settings), context));
}

}  // namespace

void register_kafka(connector::Registry& registry);
void register_kafka(connector::Registry& registry) {
  connector::SourceKind kind;
  kind.name = "kafka";
  kind.text =
      "Reads the records of Kafka topics; the checkpoint keeps the offsets, so each counts once.";
  kind.options = source_options();
  kind.make = make_source;
  kind.has_shards = true;
  kind.address = {.schemes = {"kafka"},
                  .example = "kafka://HOST:PORT/TOPIC",
                  .options = kafka::address_options,
                  .place = kafka::place_of};
  registry.add(std::move(kind));
  registry.add(kafka::kafka_sink_kind());
}

}  // namespace sluice::connectors
