#include "app/handover/spark_query.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

namespace sluice::app {
namespace {

constexpr std::string_view kCompact = ".compact";

std::optional<std::int64_t> number_of(std::string_view name) {
  std::int64_t number = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

/// The greatest number that is a file's name; -1: none.
Result<std::int64_t> newest(const std::string& folder, io::FileSystem& files) {
  SLUICE_ASSIGN(const auto listed, files.list(folder, /*recursive=*/false));
  std::int64_t last = -1;
  for (const io::FileInfo& file : listed) {
    last = std::max(last, number_of(io::file_name(file.path)).value_or(-1));
  }
  return last;
}

std::string offsets_file(const std::string& folder, std::int64_t batch) {
  return io::join_path(folder, "offsets/" + std::to_string(batch));
}

std::string source_folder(const std::string& folder, std::size_t number) {
  return io::join_path(folder, "sources/" + std::to_string(number));
}

Result<SparkBatch> read_batch(const std::string& folder, std::int64_t batch,
                              io::FileSystem& files) {
  const std::string path = offsets_file(folder, batch);
  SLUICE_ASSIGN(const std::string text, files.read(path));
  return parse_batch(text, path);
}

/// A file of a query's checkpoint, and the folder that it is in.
Status put(const std::string& folder, const std::string& name, std::string_view content,
           io::FileSystem& files) {
  const std::string path = io::join_path(folder, name);
  SLUICE_TRY(files.make_folders(io::parent_folder(path)));
  return files.write_atomic(path, content);
}

}  // namespace

Result<bool> is_spark_query(const std::string& folder, io::FileSystem& files) {
  SLUICE_ASSIGN(const auto metadata, files.find(io::join_path(folder, "metadata")));
  return metadata.has_value() && !metadata->is_folder;
}

Result<SparkQuery> read_spark_query(const std::string& folder, io::FileSystem& files) {
  SLUICE_ASSIGN(const bool there, is_spark_query(folder, files));
  if (!there) {
    return user_error("E_SPARK_CHECKPOINT: there is no checkpoint of a Spark query: path=" +
                      folder + "; --spark-checkpoint names another folder");
  }
  SparkQuery query;
  query.folder = folder;
  const std::string metadata = io::join_path(folder, "metadata");
  SLUICE_ASSIGN(const std::string id, files.read(metadata));
  SLUICE_ASSIGN(query.id, parse_query_id(id, metadata));
  SLUICE_ASSIGN(query.planned, newest(io::join_path(folder, "offsets"), files));
  if (query.planned >= 0) {
    SLUICE_ASSIGN(std::string text, files.read(offsets_file(folder, query.planned)));
    if (is_fence(text)) {
      query.fence = std::move(text);
      --query.planned;
    }
  }
  if (query.planned < 0) return query;
  SLUICE_ASSIGN(query.batch, read_batch(folder, query.planned, files));
  SLUICE_ASSIGN(query.done, newest(io::join_path(folder, "commits"), files));
  if (query.done >= 0) {
    const std::string path = io::join_path(folder, "commits/" + std::to_string(query.done));
    SLUICE_ASSIGN(const std::string text, files.read(path));
    SLUICE_ASSIGN(query.next_watermark_ms, parse_commit(text, path));
  }
  SLUICE_ASSIGN(const auto earlier, files.find(offsets_file(folder, query.planned - 1)));
  if (earlier) {
    SLUICE_ASSIGN(query.before, read_batch(folder, query.planned - 1, files));
  }
  return query;
}

Result<std::vector<SparkFile>> read_seen_files(const std::string& folder, std::size_t number,
                                               io::FileSystem& files) {
  const std::string path = source_folder(folder, number);
  SLUICE_ASSIGN(const auto listed, files.list(path, /*recursive=*/false));
  std::map<std::int64_t, std::string> parts;
  std::int64_t compacted = -1;  // it has all before it
  for (const io::FileInfo& file : listed) {
    const std::string name = io::file_name(file.path);
    std::string_view digits = name;
    const bool is_compact = digits.ends_with(kCompact);
    if (is_compact) digits.remove_suffix(kCompact.size());
    const auto part = number_of(digits);
    if (!part) continue;
    if (is_compact) compacted = std::max(compacted, *part);
    if (is_compact || !parts.contains(*part)) parts[*part] = file.path;
  }
  std::vector<SparkFile> seen;
  for (const auto& [part, file] : parts) {
    if (part < compacted) continue;
    SLUICE_ASSIGN(const std::string text, files.read(file));
    SLUICE_ASSIGN(const std::vector<SparkFile> found, parse_files(text, file));
    seen.insert(seen.end(), found.begin(), found.end());
  }
  return seen;
}

Status fence_query(const SparkQuery& query, const std::string& text, io::FileSystem& files) {
  if (query.is_fenced()) return {};
  SLUICE_ASSIGN(const bool ours,
                files.write_if_absent(offsets_file(query.folder, query.planned + 1), text));
  if (ours) return {};
  return Error(Kind::kConflict, "E_SPARK_RUNNING: Spark has just planned batch " +
                                    std::to_string(query.planned + 1) + " of the query in " +
                                    query.folder + "; stop its job, then hand over");
}

Status remove_fence(const SparkQuery& query, io::FileSystem& files) {
  const std::string path = offsets_file(query.folder, query.planned + 1);
  SLUICE_ASSIGN(const auto there, files.find(path));
  if (!there) return {};
  SLUICE_ASSIGN(const std::string text, files.read(path));
  return is_fence(text) ? files.remove(path) : Status();
}

Status check_no_state(const SparkQuery& query, io::FileSystem& files) {
  SLUICE_ASSIGN(const auto listed,
                files.list(io::join_path(query.folder, "state"), /*recursive=*/true));
  for (const io::FileInfo& file : listed) {
    const std::string name = io::file_name(file.path);
    if (name.starts_with('.') || file.path.find("/_metadata/") != std::string::npos) continue;
    if (name.ends_with(".delta") || name.ends_with(".snapshot")) {
      SLUICE_ASSIGN(const std::string content, files.read(file.path));
      if (content == empty_state()) continue;
    }
    return user_error(
        "E_HANDOVER_STATE: the query in " + query.folder + " keeps state (" + name +
        "), which cannot be moved into sluice's; let sluice begin with a "
        "new checkpoint and a table of its own, from before the oldest window that is open");
  }
  return {};
}

Status write_spark_query(const std::string& folder, const NewSparkQuery& query, std::int64_t now_ms,
                         io::FileSystem& files) {
  for (std::size_t i = 0; i < query.seen.size(); ++i) {
    if (query.seen[i].empty()) continue;
    SLUICE_TRY(put(source_folder(folder, i), "0", files_text(query.seen[i]), files));
  }
  for (int i = 0; i < query.state_partitions; ++i) {
    SLUICE_TRY(put(
        folder, "state/0/" + std::to_string(i) + "/" + std::to_string(query.done + 1) + ".snapshot",
        empty_state(), files));
  }
  const std::string batch = batch_text(query.batch, now_ms);
  // Spark reads the batch before the last one, too.
  for (std::int64_t i = std::max<std::int64_t>(0, query.done - 1); i <= query.done; ++i) {
    SLUICE_TRY(put(folder, "offsets/" + std::to_string(i), batch, files));
    SLUICE_TRY(
        put(folder, "commits/" + std::to_string(i), commit_text(query.next_watermark_ms), files));
  }
  return put(folder, "metadata", query_id_text(query.id), files);
}

}  // namespace sluice::app
