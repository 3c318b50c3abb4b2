#include "app/handover/source_place.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "base/percent_text.h"
#include "connectors/files/file_offset.h"
#include "connectors/files/file_pattern.h"
#include "connectors/files/folder_resume.h"
#include "connectors/files/read_log.h"
#include "connectors/kafka/positions.h"

namespace sluice::app {
namespace {

using connectors::FileOffset;
using connectors::ReadLog;
using connectors::kafka::Positions;

constexpr std::array kOfFiles = {"csv", "json_lines", "files", "parquet"};
constexpr std::size_t kShownMax = 200;

bool is_of_files(const config::SourceEntry& source) {
  return std::ranges::find(kOfFiles, source.connector.kind) != kOfFiles.end();
}

Error refused(const config::SourceEntry& source, const std::string& why) {
  return user_error(source.location.to_string() + ": E_HANDOVER_SOURCE: source '" + source.name +
                    "' cannot be handed over: " + why);
}

/// The topics that the file names; empty: a pattern.
std::set<std::string> topics_of(const config::SourceEntry& source) {
  std::set<std::string> topics;
  const ConfigValue* topic = source.connector.options.find("topic");
  if (topic == nullptr) return topics;
  if (topic->shape() == ConfigValue::Shape::kScalar) return {topic->text()};
  for (const ConfigValue& item : topic->items()) topics.insert(item.text());
  return topics;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<SparkPlace> kafka_to_spark(const config::SourceEntry& source, const NativePlace& native) {
  SLUICE_ASSIGN(const Positions known, Positions::parse(native.offset));
  const std::set<std::string> topics = topics_of(source);
  Positions spark;
  for (const auto& [topic, partitions] : known.offsets) {
    // Positions of topics that were read once are kept; Spark would look for them.
    if (topics.empty() || topics.contains(topic)) spark.offsets[topic] = partitions;
  }
  return SparkPlace{spark.to_offset().json, {}, false};
}

Result<NativePlace> kafka_to_native(const config::SourceEntry& source, const SparkPlace& spark,
                                    const NativePlace& known) {
  auto read = Positions::parse({spark.place});
  if (!read) {
    return refused(source, "Spark's query is not at a place in Kafka topics but at " +
                               spark.place.substr(0, kShownMax));
  }
  const std::set<std::string> topics = topics_of(source);
  std::set<std::string> theirs;
  for (const auto& [topic, partitions] : read->offsets) theirs.insert(topic);
  if (!topics.empty() && topics != theirs) {
    return refused(source, "it reads the topics " + joined(topics) + ", and Spark's query read " +
                               joined(theirs) + "; the two must read the same");
  }
  if (!known.offset.json.empty()) {
    SLUICE_ASSIGN(const Positions before, Positions::parse(known.offset));
    read->ids = before.ids;
    for (const auto& [topic, partitions] : before.offsets) {
      read->offsets.try_emplace(topic, partitions);
    }
  }
  return NativePlace{read->to_offset(), ""};
}

/// As java.net.URI writes a path: what is not ASCII stays as it is.
std::string encoded_path(std::string_view path) {
  constexpr std::string_view kKept = "/_-!.~'()*,;:$&+=@";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || byte >= 0x80 || kKept.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += '%';
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 15U];
    }
  }
  return text;
}

constexpr std::string_view kStore = "s3://";

std::string uri_of(std::string_view whole_path) {
  if (whole_path.starts_with(kStore)) {
    return "s3a://" + encoded_path(whole_path.substr(kStore.size()));
  }
  return "file://" + encoded_path(whole_path);
}

std::string path_of(std::string_view uri) {
  for (const std::string_view scheme : {"s3a://", "s3n://", "s3://"}) {
    if (uri.starts_with(scheme)) {
      return std::string(kStore) + percent_decoded(uri.substr(scheme.size()));
    }
  }
  if (uri.starts_with("file://")) return percent_decoded(uri.substr(7));
  if (uri.starts_with("file:")) return percent_decoded(uri.substr(5));
  return percent_decoded(uri);
}

/// What the file's `path` names, and the files that are there.
struct Folder {
  std::string root;
  std::vector<connectors::SourceFile> files;
};

Result<Folder> look(const config::SourceEntry& source, io::FileSystem& files) {
  const ConfigValue* path = source.connector.options.find("path");
  const ConfigValue* recursive = source.connector.options.find("recursive");
  const bool deep =
      recursive != nullptr ? recursive->text() == "true" : source.connector.kind == "parquet";
  std::string name = path == nullptr ? "" : path->text();
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  connectors::FilePattern pattern(std::move(name), deep);
  SLUICE_TRY(pattern.resolve(files));
  Folder folder;
  SLUICE_ASSIGN(folder.root, connectors::whole_path(pattern.root(), files));
  SLUICE_ASSIGN(folder.files, pattern.list(files, connectors::FileOrder::kName));
  return folder;
}

Result<SparkPlace> files_to_spark(const config::SourceEntry& source, const NativePlace& native,
                                  io::FileSystem& files) {
  SLUICE_ASSIGN(const FileOffset offset, FileOffset::parse(native.offset));
  if (offset.open) {
    return refused(source, "the file " + offset.open->file.name +
                               " is read in part, and Spark knows whole files only; run the "
                               "pipeline until it is read: sluice run --available-now");
  }
  ReadLog log;
  SLUICE_TRY(log.add_bytes(native.log));
  SLUICE_ASSIGN(const Folder folder, look(source, files));
  std::set<std::string_view> named;
  for (const connectors::SourceFile& file : offset.seen) named.insert(file.name);
  SparkPlace spark;
  spark.is_of_files = true;
  for (const connectors::SourceFile& file : folder.files) {
    const ReadLog::Mark mark = ReadLog::mark_of(offset.known_as(file.name));
    if (!named.contains(file.name) && !log.contains(mark, offset.logged)) continue;
    spark.files.push_back(
        {uri_of(io::join_path(folder.root, file.name)), file.modified / 1000, /*batch=*/0});
  }
  // Spark's places are numbers of its log's entries, of which this is the first; without one there
  // is no place yet.
  spark.place = spark.files.empty() ? "" : file_place_text(0);
  return spark;
}

Result<NativePlace> files_to_native(const config::SourceEntry& source, const SparkPlace& spark,
                                    const NativePlace& known, io::FileSystem& files) {
  const auto last = file_place(spark.place);
  if (!last) {
    return refused(source, "Spark's query is not at a place in a folder of files but at " +
                               spark.place.substr(0, kShownMax));
  }
  SLUICE_ASSIGN(const Folder folder, look(source, files));
  ReadLog log;
  FileOffset offset;
  offset.root = folder.root;
  if (!known.offset.json.empty()) {
    SLUICE_TRY(log.add_bytes(known.log));
    SLUICE_ASSIGN(FileOffset before, FileOffset::parse(known.offset));
    offset.moved = before.moved;
    for (const connectors::SourceFile& file : before.seen) {
      log.add(ReadLog::mark_of(before.known_as(file.name)));
    }
  }
  std::vector<SparkFile> seen = spark.files;
  // Queries find the files of a folder in an order of their own.
  std::ranges::sort(seen, {}, &SparkFile::uri);
  for (const SparkFile& file : seen) {
    if (file.batch > *last) continue;  // seen, and of a batch that is not done
    const std::string path = path_of(file.uri);
    const auto name = connectors::below(folder.root, path);
    if (!name) {
      return refused(source, "its path names " + folder.root + ", and Spark's query read " + path +
                                 "; the two must read the same folder");
    }
    const ReadLog::Mark mark = ReadLog::mark_of(offset.known_as(*name));
    if (!log.contains(mark, log.size())) log.add(mark);
  }
  offset.files = offset.logged = log.size();
  return NativePlace{offset.to_offset(), log.bytes(0, log.size())};
}

}  // namespace

Status check_source(const config::SourceEntry& source) {
  if (source.connector.kind != "kafka" && !is_of_files(source)) {
    return refused(source, "a position of " + source.connector.kind +
                               " has no counterpart in Spark; positions in Kafka topics and "
                               "folders of files do");
  }
  for (const char* option : {"end", "replay"}) {
    if (source.connector.options.find(option) == nullptr) continue;
    return refused(source, std::string("Spark has nothing like its option '") + option +
                               "'; take it out, or end the run by itself");
  }
  return {};
}

Result<SparkPlace> to_spark_place(const config::SourceEntry& source, const NativePlace& native,
                                  io::FileSystem& files) {
  return is_of_files(source) ? files_to_spark(source, native, files)
                             : kafka_to_spark(source, native);
}

Result<NativePlace> to_native_place(const config::SourceEntry& source, const SparkPlace& spark,
                                    const NativePlace& known, io::FileSystem& files) {
  return is_of_files(source) ? files_to_native(source, spark, known, files)
                             : kafka_to_native(source, spark, known);
}

}  // namespace sluice::app
