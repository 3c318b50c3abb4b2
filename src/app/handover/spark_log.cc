#include "app/handover/spark_log.h"

#include <array>
#include <utility>

#include "base/json.h"

namespace sluice::app {
namespace {

constexpr std::string_view kVersion = "v1";
constexpr std::string_view kFence = "E_HANDED_OVER: ";
constexpr const char* kNoPlace = "-";

Error broken(const std::string& path, const std::string& what) {
  return user_error("E_SPARK_CHECKPOINT: " + path + " is not what Spark 4 writes: " + what +
                    "; --spark-checkpoint names the checkpointLocation of one streaming query");
}

/// The lines after the version.
Result<std::vector<std::string>> lines_of(std::string_view text, const std::string& path) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (lines.empty() || lines.front() != kVersion) {
    return broken(path, "its first line is not v1 but '" +
                            (lines.empty() ? "" : lines.front().substr(0, 80)) + "'");
  }
  lines.erase(lines.begin());
  return lines;
}

std::optional<std::int64_t> integer(const OrderedJson& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_number_integer()) {
    return std::nullopt;
  }
  return json[key].get<std::int64_t>();
}

}  // namespace

Result<SparkBatch> parse_batch(std::string_view text, const std::string& path) {
  SLUICE_ASSIGN(std::vector<std::string> lines, lines_of(text, path));
  if (lines.empty()) return broken(path, "it has no settings");
  const OrderedJson json = parse_ordered_json(lines.front());
  const auto watermark = integer(json, "batchWatermarkMs");
  if (!watermark) return broken(path, "it has no batchWatermarkMs");
  SparkBatch batch;
  batch.watermark_ms = *watermark;
  if (json.contains("conf") && json["conf"].is_object()) batch.conf = dump_json(json["conf"]);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    batch.places.push_back(lines[i] == kNoPlace ? "" : lines[i]);
  }
  return batch;
}

std::string batch_text(const SparkBatch& batch, std::int64_t now_ms) {
  OrderedJson json = {{"batchWatermarkMs", batch.watermark_ms}, {"batchTimestampMs", now_ms}};
  json["conf"] = batch.conf.empty() ? OrderedJson::object() : parse_ordered_json(batch.conf);
  std::string text = std::string(kVersion) + "\n" + dump_json(json);
  for (const std::string& place : batch.places) text += "\n" + (place.empty() ? kNoPlace : place);
  return text;
}

Result<std::int64_t> parse_commit(std::string_view text, const std::string& path) {
  SLUICE_ASSIGN(const std::vector<std::string> lines, lines_of(text, path));
  const auto watermark =
      integer(parse_ordered_json(lines.empty() ? "" : lines.front()), "nextBatchWatermarkMs");
  if (!watermark) return broken(path, "it has no nextBatchWatermarkMs");
  return *watermark;
}

std::string commit_text(std::int64_t next_watermark_ms) {
  return std::string(kVersion) + "\n" +
         dump_json(OrderedJson{{"nextBatchWatermarkMs", next_watermark_ms}});
}

Result<std::string> parse_query_id(std::string_view text, const std::string& path) {
  const OrderedJson json = parse_ordered_json(text);
  if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) {
    return broken(path, "it has no id");
  }
  return json["id"].get<std::string>();
}

std::string query_id_text(const std::string& id) { return dump_json(OrderedJson{{"id", id}}); }

Result<std::vector<SparkFile>> parse_files(std::string_view text, const std::string& path) {
  SLUICE_ASSIGN(const std::vector<std::string> lines, lines_of(text, path));
  std::vector<SparkFile> files;
  for (const std::string& line : lines) {
    const OrderedJson json = parse_ordered_json(line);
    const auto timestamp = integer(json, "timestamp");
    const auto batch = integer(json, "batchId");
    if (!timestamp || !batch || !json.contains("path") || !json["path"].is_string()) {
      return broken(path, "a line is not a file with path, timestamp and batchId");
    }
    files.push_back({json["path"].get<std::string>(), *timestamp, *batch});
  }
  return files;
}

std::string files_text(const std::vector<SparkFile>& files) {
  std::string text(kVersion);
  for (const SparkFile& file : files) {
    text +=
        "\n" + dump_json(OrderedJson{
                   {"path", file.uri}, {"timestamp", file.timestamp_ms}, {"batchId", file.batch}});
  }
  return text;
}

std::optional<std::int64_t> file_place(std::string_view json) {
  return integer(parse_ordered_json(json), "logOffset");
}

std::string file_place_text(std::int64_t batch) {
  return dump_json(OrderedJson{{"logOffset", batch}});
}

std::string fence_text(const std::string& pipeline_file, const std::string& checkpoint) {
  return std::string(kFence) + "sluice goes on where this query was (checkpoint " + checkpoint +
         "); to go on with Spark stop sluice and run: sluice handover " + pipeline_file +
         " --to spark\n";
}

bool is_fence(std::string_view text) { return text.starts_with(kFence); }

std::string_view empty_state() {
  // Two blocks of LZ4's, as Spark's default codec makes them: the int -1, which ends a store's
  // file, and the end.
  static constexpr std::array<char, 46> kBytes = {
      'L',    'Z',    '4', 'B', 'l', 'o',    'c',    'k',    '\x15', '\x04', 0,      0,
      0,      '\x04', 0,   0,   0,   '\xdb', '\x80', '\x4d', '\x08', '\xff', '\xff', '\xff',
      '\xff', 'L',    'Z', '4', 'B', 'l',    'o',    'c',    'k',    '\x15', 0,      0,
      0,      0,      0,   0,   0,   0,      0,      0,      0,      0};
  return {kBytes.data(), kBytes.size()};
}

std::string default_conf(int partitions) {
  const std::string streaming = "spark.sql.streaming.";
  return dump_json(
      OrderedJson{{streaming + "stateStore.providerClass",
                   "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider"},
                  {streaming + "stateStore.encodingFormat", "unsaferow"},
                  {streaming + "stateStore.compression.codec", "lz4"},
                  {streaming + "stateStore.rowChecksum.enabled", "false"},
                  {streaming + "statefulOperator.useStrictDistribution", "true"},
                  {streaming + "flatMapGroupsWithState.stateFormatVersion", "2"},
                  {streaming + "aggregation.stateFormatVersion", "2"},
                  {streaming + "join.stateFormatVersion", "2"},
                  {streaming + "multipleWatermarkPolicy", "min"},
                  {streaming + "queryEvolution.enableSourceEvolution", "false"},
                  {"spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan", "false"},
                  {"spark.sql.shuffle.partitions", std::to_string(partitions)}});
}

}  // namespace sluice::app
