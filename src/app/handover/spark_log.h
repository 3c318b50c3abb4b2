#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"

namespace sluice::app {

// The texts of a Spark query's checkpoint, as Spark 4 reads and writes them: what is in the files
// of `offsets/`, `commits/`, `metadata` and `sources/<n>/`. Errors are kUser E_SPARK_CHECKPOINT.

/// A file of `offsets/`: a batch that is planned.
struct SparkBatch {
  std::int64_t watermark_ms = 0;    ///< that the batch runs under; 0: none yet
  std::string conf;                 ///< JSON object; "": none
  std::vector<std::string> places;  ///< JSON of where it ends in each source; "": no place yet
};

Result<SparkBatch> parse_batch(std::string_view text, const std::string& path);
/// `now_ms`: when the batch is planned.
std::string batch_text(const SparkBatch& batch, std::int64_t now_ms);

/// A file of `commits/`: the watermark of the next batch.
Result<std::int64_t> parse_commit(std::string_view text, const std::string& path);
std::string commit_text(std::int64_t next_watermark_ms);

/// The id in `metadata`.
Result<std::string> parse_query_id(std::string_view text, const std::string& path);
std::string query_id_text(const std::string& id);

/// A file that a source of files has seen, in `sources/<n>/`.
struct SparkFile {
  std::string uri;                ///< percent-encoded: file:///a%20b, s3a://bucket/a
  std::int64_t timestamp_ms = 0;  ///< of its last change
  std::int64_t batch = 0;         ///< of the source, by which places count (`logOffset`)
};

Result<std::vector<SparkFile>> parse_files(std::string_view text, const std::string& path);
std::string files_text(const std::vector<SparkFile>& files);

/// Where a source of files is, as in SparkBatch::places; null: it is another source's place.
std::optional<std::int64_t> file_place(std::string_view json);
std::string file_place_text(std::int64_t batch);

/// What is put in the place of a query's next batch, so that Spark does not go on with it: its
/// error shows the first line. `checkpoint`: of who goes on.
std::string fence_text(const std::string& pipeline_file, const std::string& checkpoint);
bool is_fence(std::string_view text);

/// A state store of Spark's without a row, as a snapshot or a change of it.
std::string_view empty_state();

/// What Spark 4.2 notes of its own settings beside a batch, for a query without any of its own.
/// `partitions`: of its state.
std::string default_conf(int partitions);

}  // namespace sluice::app
