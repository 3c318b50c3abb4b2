#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

// What the commands around Kafka do. Any thread may call; functions that are passed in are called
// on that thread. Errors: kUser (an address, a topic, a file is wrong), kTransient (no broker
// answers), kCancelled (`stop`).

struct KafkaConnection {
  /// "host:port,host:port", or "embedded": the broker that `sluice broker` runs on this machine.
  std::string brokers = "embedded";
  /// Settings of librdkafka by its own names: security.protocol, sasl.username ...
  std::map<std::string, std::string> properties;
};

struct NewTopic {
  std::string name;
  int partitions = 1;
  int replication = -1;                       ///< -1: the broker's default
  std::map<std::string, std::string> config;  ///< retention.ms ...
};

struct TopicSummary {
  std::string name;
  int partitions = 0;
};

struct PartitionDescription {
  int partition = 0;
  int leader = -1;  ///< broker id; -1: none
  std::vector<int> replicas;
  std::int64_t first_offset = 0;
  std::int64_t end_offset = 0;            ///< after the last record
  std::optional<std::int64_t> first_ms;   ///< time of the first record; null: none, or not known
  std::optional<std::int64_t> newest_ms;  ///< the latest time of a record; likewise
};

/// A consumer group that has committed offsets of a topic.
struct GroupDescription {
  std::string name;
  int partitions = 0;    ///< of which it has committed an offset
  std::int64_t lag = 0;  ///< records in these that come after
};

struct TopicDescription {
  std::string name;
  std::vector<PartitionDescription> partitions;
  std::map<std::string, std::string> config;  ///< settings that differ from the broker's defaults
  std::vector<GroupDescription> groups;       ///< that this user may see
};

/// What becomes of a topic's shape and settings.
struct TopicChange {
  std::string name;
  int partitions = 0;                         ///< in all; 0: as they are
  std::map<std::string, std::string> config;  ///< settings to set
  std::vector<std::string> unset;             ///< settings that get the broker's default again
};

Status create_topic(const KafkaConnection& connection, const NewTopic& topic, std::stop_token stop);
Result<std::vector<TopicSummary>> list_topics(const KafkaConnection& connection,
                                              std::stop_token stop);
Result<TopicDescription> describe_topic(const KafkaConnection& connection, const std::string& name,
                                        std::stop_token stop);
/// Settings are changed first, then partitions are added; an error says what was done.
Status alter_topic(const KafkaConnection& connection, const TopicChange& change,
                   std::stop_token stop);
/// Deletes the topic with all its records.
Status delete_topic(const KafkaConnection& connection, const std::string& name,
                    std::stop_token stop);

/// The format of records' values, and where its schema is.
struct RecordFormat {
  /// As a pipeline file has it: "avro", "protobuf: {schema_file: order.proto}"; "": none. Its
  /// ${NAME} are of the environment.
  std::string format;
  // Options of that format in short; "": not given.
  std::string schema_file;
  std::string registry;
  std::string message;
};

enum class ProduceInput : unsigned char {
  kByEnding,   ///< .csv, .json .jsonl .ndjson, .yaml .yml
  kCsv,        ///< with a header; a row becomes a JSON object, numbers digit by digit
  kJsonLines,  ///< a line is a record, as it is
  kGenerator,  ///< a generator source of a pipeline file; a row becomes a JSON object
};

struct ProduceRequest {
  KafkaConnection connection;
  std::string topic;
  std::string file;  ///< "-": standard input (CSV and JSON lines)
  ProduceInput input = ProduceInput::kByEnding;
  /// avro or protobuf, with the options that a sink's `value` has: the rows' JSON objects become
  /// values of that schema. None, or json: they are sent as they are. With a registry and no file
  /// the schema is the newest version of the topic's subject.
  RecordFormat format;
  std::string source;          ///< of a pipeline file with several generators
  std::string key_column;      ///< its value is the record's key; empty: no key
  double rows_per_second = 0;  ///< 0: as fast as possible
  std::int64_t rows_max = 0;   ///< 0: all
  /// This many rows at the start are not sent: those that an earlier run has sent already.
  std::int64_t rows_skipped = 0;
  char delimiter = ',';       ///< of CSV
  int create_partitions = 1;  ///< of a topic that is created; 0: a missing one is an error
};

struct ProduceProgress {
  std::int64_t rows = 0;   ///< handed to the brokers and acknowledged
  std::int64_t bytes = 0;  ///< of keys and values
  double done = -1;        ///< part of the input that has been read, 0 to 1; negative: unknown
};

/// Sends the input to the topic and waits for every acknowledgement. A file of CSV, and one of JSON
/// with a key or a format, is read to its end first: one with a broken row, or one that does not
/// fit the schema, is refused before anything is sent. Input from a pipe cannot be checked first;
/// an error then says how many rows were sent before it. `report` is called a few times a second.
/// On `stop` what has been read so far is sent.
Result<ProduceProgress> produce(const ProduceRequest& request,
                                const std::function<void(const ProduceProgress&)>& report,
                                std::stop_token stop);

struct ConsumeRequest {
  KafkaConnection connection;
  std::string topic;
  /// "beginning", "end", an offset, "-N" (the last N of each partition) or a time ("2024-05-01
  /// 12:00:00", UTC).
  std::string from = "beginning";
  std::optional<int> partition;  ///< null: all
  std::int64_t records_max = 0;  ///< 0: no limit
  bool follow = false;           ///< waits for new records at the end instead of ending there
};

/// One record.
/// REQUIRES: nobody keeps the views beyond the call that receives it.
struct ConsumedRecord {
  std::string_view topic;
  int partition = 0;
  std::int64_t offset = 0;
  std::optional<std::int64_t> timestamp_ms;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

/// Calls `receive` for each record, in the order of each partition, until it returns false. Returns
/// the number of records.
Result<std::int64_t> consume(const ConsumeRequest& request,
                             const std::function<bool(const ConsumedRecord&)>& receive,
                             std::stop_token stop);

/// The record as one line of JSON with topic, partition, offset, timestamp, key and value; a value
/// that is JSON is written as such, one that is not as text.
std::string record_json(const ConsumedRecord& record);

/// What makes columns of records: a Kafka source of a pipeline file, with its brokers, topic,
/// format and metadata; or a format alone.
struct DecodeRequest {
  std::string file;     ///< "": `format`, of the topic and the brokers that are consumed
  RecordFormat format;  ///< with the options that a source's `format` has
  std::map<std::string, std::string>
      variables;       ///< they win over the environment, as in Pipeline::load
  std::string source;  ///< "": the file's only Kafka source
  bool table = false;  ///< tables as Spark shows them, instead of a JSON object per row
};

struct DecodedCount {
  std::int64_t records = 0;
  std::int64_t undecoded = 0;  ///< of them
};

/// Gives the rows of records to `show` as text, a few at a time, until it returns false; and one
/// line to `complain` for each record that does not decode: its place and the reason.
/// With a file `request.connection` is not used, and an empty `request.topic` is the source's.
Result<DecodedCount> consume_decoded(const ConsumeRequest& request, const DecodeRequest& decode,
                                     const std::function<bool(std::string_view text)>& show,
                                     const std::function<void(const std::string& line)>& complain,
                                     std::stop_token stop);

struct BrokerRequest {
  int port = 0;        ///< on the loopback interface; 0: any that is free
  int partitions = 1;  ///< of topics that are created when first written to
  /// The most that a partition holds; a record that would exceed it is refused.
  std::int64_t partition_bytes = 256LL * 1024 * 1024;
  bool announce = true;  ///< so that `brokers: embedded` finds it
};

/// A Kafka broker in this process and in its memory, for demos and tests. Runs until it is
/// destroyed.
/// REQUIRES: no method is called once it was moved from.
class EmbeddedBroker {
 public:
  static Result<EmbeddedBroker> start(const BrokerRequest& request);
  EmbeddedBroker(EmbeddedBroker&&) noexcept;
  EmbeddedBroker& operator=(EmbeddedBroker&&) noexcept;
  ~EmbeddedBroker();

  /// "127.0.0.1:40123"
  const std::string& address() const;

 private:
  struct Content;
  explicit EmbeddedBroker(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace sluice
