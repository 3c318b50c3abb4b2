#include <utility>

#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/topic_name.h"

namespace sluice::connectors::kafka {
namespace {

using connector::OutputMode;

std::vector<OptionSpec> record_options() {
  return {
      {.name = "key",
       .text = "The column that is the record's key: a text or bytes as they are, a number or time "
               "as text, a STRUCT as JSON; NULL: no key. It stays in the value, too. Records of "
               "one key keep their order. In mode upsert the sink's own key is the record's: one "
               "column as here, several as a JSON object.",
       .example = "seller"},
      formats::value_option(
          "How the row becomes the record's value: json, csv or raw, with its options. All columns "
          "but those of headers, partition and timestamp are in it.",
          "json"),
      {.name = "headers",
       .text =
           "The column with the record's headers: a list of STRUCT(key VARCHAR, value BLOB), as "
           "the Kafka source has them.",
       .example = "headers"},
      {.name = "partition",
       .text = "The column with the number of the record's partition; NULL: as without it, when "
               "the key decides (as Java's producer does), or nobody.",
       .example = "partition"},
      {.name = "partition_by",
       .text = "The column whose value decides the partition in the key's place.",
       .example = "region"},
      {.name = "timestamp",
       .text = "The column with the record's time: TIMESTAMP, TIMESTAMPTZ, or milliseconds since "
               "1970; NULL, or without it: the time at which it is sent.",
       .example = "timestamp"},
      {.name = "compression",
       .type = OptionType::kChoice,
       .text = "How batches of records are compressed.",
       .default_text = "none",
       .choices = {"none", "gzip", "snappy", "lz4", "zstd"}},
  };
}

std::vector<OptionSpec> publishing_options() {
  return {
      {.name = "create_partitions",
       .type = OptionType::kInteger,
       .text = "A missing topic is made with so many partitions, in mode upsert as a compacted "
               "one. By default it is an error.",
       .minimum = 1,
       .maximum = 100'000,
       .example = "6"},
      {.name = "transactions",
       .type = OptionType::kBoolean,
       .text = "Each batch is one transaction: readers of committed records see it once and whole. "
               "false: rows appear at least once.",
       .default_text = "true"},
      {.name = "transactional_id",
       .text = "Of the transactions, and the sink's name in `commits_topic`: one for each sink of "
               "the cluster. By default sluice-<pipeline>-<sink>. With --shard each shard's "
               "ends with its number.",
       .example = "billing-totals"},
      {.name = "commits_topic",
       .text = "The topic in which sinks note, in the same transaction, which batch they have "
               "published. Made when it is missing: 50 partitions, compacted. Sources with a "
               "`topic_pattern` leave out names that begin with `_sluice_commits`.",
       .default_text = kCommitsTopic},
  };
}

std::vector<OptionSpec> sink_options() {
  std::vector<OptionSpec> options = connection_options();
  options.push_back({.name = "topic",
                     .text = "The topic to write to.",
                     .required = true,
                     .example = "invoices_totals"});
  for (auto* part : {&record_options, &publishing_options}) {
    for (OptionSpec& spec : part()) options.push_back(std::move(spec));
  }
  return options;
}

std::string text_of(const Options& options, const char* name) {
  return options.has(name) ? options.text(name) : std::string();
}

std::string transactional_id_of(const Options& options, const connector::Context& context) {
  const std::string given = text_of(options, "transactional_id");
  if (given.empty()) return "sluice-" + context.pipeline + "-" + context.name;
  return context.shard ? name_in_shard(given, *context.shard) : given;
}

Result<std::unique_ptr<connector::Sink>> make_sink(const Options& options,
                                                   const connector::Context& context) {
  SLUICE_ASSIGN(auto value, formats::ValueFormat::read(options.value("value"), context.files,
                                                       options.text("topic")));
  SLUICE_ASSIGN(auto connection, read_connection(options));
  SLUICE_TRY(check_topic_name(options.value("topic"), options.text("topic")));
  SLUICE_TRY(check_topic_name(options.value("commits_topic"), options.text("commits_topic")));
  if (options.boolean("transactions") && options.text("commits_topic") == options.text("topic")) {
    return options.value("commits_topic")
        .error(
            "'commits_topic' is the topic that rows go to: their readers would get the sinks' "
            "notes; name another, or leave it out");
  }
  if (options.has("partition") && options.has("partition_by")) {
    return options.value("partition_by")
        .error("'partition' and 'partition_by' both decide the partition; remove one");
  }
  KafkaSinkOptions settings{.connection = std::move(connection),
                            .topic = options.text("topic"),
                            .create_partitions = 0,
                            .columns = {.key = text_of(options, "key"),
                                        .headers = text_of(options, "headers"),
                                        .partition = text_of(options, "partition"),
                                        .partition_by = text_of(options, "partition_by"),
                                        .timestamp = text_of(options, "timestamp"),
                                        .upsert_key = context.upsert.columns},
                            .value = std::move(value),
                            .compression = options.text("compression"),
                            .transactions = options.boolean("transactions"),
                            .transactional_id = transactional_id_of(options, context),
                            .commits_topic = options.text("commits_topic")};
  if (options.has("create_partitions")) {
    settings.create_partitions = static_cast<std::int32_t>(options.integer("create_partitions"));
  }
  if (settings.compression == "none") settings.compression.clear();
  return {std::make_unique<KafkaSink>(std::move(settings), context)};
}

connector::AddressForm address_form() {
  using connector::address_option;
  connector::AddressForm form;
  form.schemes = {"kafka"};
  form.example = "kafka://HOST:PORT/TOPIC";
  form.options = address_options;
  form.place = place_of;
  // A record as it is: with its key, headers, partition and time.
  form.for_same_kind = {address_option("value", "raw"), address_option("key", "key"),
                        address_option("headers", "headers"),
                        address_option("partition", "partition"),
                        address_option("timestamp", "timestamp")};
  form.for_rows = {{"create_partitions", {}, ConfigValue::scalar("1", /*quoted=*/false, {})}};
  return form;
}

}  // namespace

connector::SinkKind kafka_sink_kind() {
  connector::SinkKind kind;
  kind.name = "kafka";
  kind.text =
      "Writes rows as records of a topic, each batch in one transaction. In mode upsert a key's "
      "newest record is its row, and one without a value says that the row is gone. In mode "
      "complete the whole result is written again with each batch.";
  kind.options = sink_options();
  kind.modes = {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kUpsert,
                OutputMode::kComplete};
  kind.promise_with = [](const Options& options) {
    return options.boolean("transactions") ? connector::Promise::kAtomic
                                           : connector::Promise::kAtLeastOnce;
  };
  kind.make = make_sink;
  kind.exclusive = [](const Options& options, const connector::Context& context) {
    return options.boolean("transactions")
               ? "the transactional_id '" + transactional_id_of(options, context) + "'"
               : std::string();
  };
  kind.address = address_form();
  return kind;
}

}  // namespace sluice::connectors::kafka
