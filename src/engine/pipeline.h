#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "connector/source.h"
#include "connector/static_table.h"
#include "data/decoder.h"
#include "engine/watcher.h"
#include "sluice/base/shard.h"
#include "sql/plan/plan.h"
#include "sql/scan/scan.h"
#include "sql/udf/user_function.h"

namespace sluice::engine {

/// When batches run. Spark's triggers.
struct Trigger {
  enum class Kind : unsigned char {
    kEvery,         ///< a batch each interval when there is data (ProcessingTime)
    kOnce,          ///< one batch with all there is, no limits, then end
    kAvailableNow,  ///< all there is at the start, in limited batches, then end
    kContinuous,    ///< as fast as batches go
  };
  Kind kind = Kind::kContinuous;
  std::chrono::microseconds every{0};
};

/// What happens to a record that does not decode.
enum class OnError : unsigned char { kDeadLetter, kNull, kFail };

/// When the rows that wait for a sink make a file: as soon as one of these is reached. 0: no such
/// limit; none: each batch's rows are written at once.
struct RollPolicy {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< of the file, roughly: by the last one's bytes per row
  Micros every = 0;        ///< since the first of them came
  bool any() const { return rows > 0 || bytes > 0 || every > 0; }
};

struct SinkPart {
  std::string name;
  std::string from;  ///< view or source
  connector::OutputMode mode = connector::OutputMode::kAppend;
  RollPolicy roll{};
  Location location;  ///< for messages
  std::unique_ptr<connector::Sink> sink;
  connector::Promise promise = connector::Promise::kAtomic;  ///< of the sink's kind
  connector::UpsertKey upsert{};                             ///< of mode kUpsert
  /// Of mode kUpsert: SQL over the columns; a row for which it is true deletes its key. "": none.
  struct {
    std::string sql;
    Location location;
  } delete_when{};
};

/// When the events of a source's or view's rows happened, and how much later they may come.
struct WatermarkPart {
  std::string column;     ///< SQL over its columns; "": it has no watermark
  Micros delay = 0;       ///< how far behind the latest event a row may be
  Micros idle_after = 0;  ///< one silent for this long does not hold others back; 0: it does
  /// Once all are silent the watermark goes on with the clock, if all say so.
  bool advances_when_idle = false;
  Location location;  ///< for messages
};

/// The watermark of a pipeline with several sources or views that have one.
enum class WatermarkPolicy : unsigned char { kMin, kMax };

struct SourcePart {
  std::string name;
  std::string renamed_from{};  ///< its name in older checkpoints; "": the same
  std::unique_ptr<connector::Source> source;
  std::unique_ptr<data::Decoder> decoder;  ///< null: own columns only
  std::vector<sql::ScanColumn> columns;    ///< what SQL sees
  /// Of them, those whose equal values are in one shard; empty: none are known.
  std::vector<std::string> partitioned_by{};
  data::ReadLimit limit;  ///< per trigger
  /// Of a run that reads again what another checkpoint has read: up to where. An empty offset:
  /// nothing. Null: all that comes.
  std::optional<connector::Remembered> until{};
  OnError on_error = OnError::kDeadLetter;
  WatermarkPart watermark;
  std::string kind;  ///< "kafka", "files" ...: for progress
  Location location;
  /// Where undecodable records go (append mode; columns of dead_letter_schema()). Never null: app
  /// makes the default one.
  std::unique_ptr<connector::Sink> dead_letter;
  connector::Promise dead_letter_promise = connector::Promise::kAtomic;  ///< of its kind
};

/// A table that is read in full, to be joined with streams: through a source that ends, or from the
/// Parquet files of a table. One of the two is there.
struct TablePart {
  std::string name;
  std::optional<SourcePart> source;
  std::unique_ptr<connector::StaticTable> files;
  Micros refresh = 0;  ///< read again after so long; 0: never
  /// Of each key the newest record is the row, unless it has no value. With `source` only.
  bool latest_by_key = false;
  std::string kind;  ///< "csv", "delta" ...: for people
  Location location;
};

/// Where copies of the checkpoint go.
struct BackupPart {
  std::string to;    ///< a folder, of this machine or a store
  Micros every = 0;  ///< 0: before each batch is published
  int keep = 0;      ///< backups
};

/// A composed pipeline, ready to run: what app makes of a pipeline file.
/// The watermark of the last batch of another run: it is never passed, and reached once there are
/// no more rows, whatever events say. Null: that one had none.
struct WatermarkEnd {
  std::optional<Micros> at;
};

struct Pipeline {
  std::string name;
  /// The part of it that runs; name and checkpoint are then the shard's. Null: all.
  std::optional<Shard> shard{};
  std::vector<SourcePart> sources;
  std::vector<TablePart> tables;
  std::vector<sql::UserFunction> functions;  ///< in the order of the file
  std::vector<sql::ViewText> views;
  std::map<std::string, WatermarkPart> view_watermarks;  ///< by view, of those that have one
  std::vector<SinkPart> sinks;
  std::vector<std::unique_ptr<Watcher>> watchers;
  WatermarkPolicy watermark_policy = WatermarkPolicy::kMin;
  /// Of a run that reads again what another one has read. Null: it goes as far as events say.
  std::optional<WatermarkEnd> watermark_end{};
  std::string time_zone = "UTC";  ///< of SQL
  Location time_zone_location;    ///< for messages
  Trigger trigger;
  std::string checkpoint;  ///< folder
  std::optional<BackupPart> backup;
  /// Retries of a kTransient failure before the pipeline stops, and the longest pause between two.
  int retries_max = 10;
  std::chrono::milliseconds backoff_max{30'000};
  std::int64_t memory_limit = 0;  ///< of SQL, bytes; 0: DuckDB's default
  int threads = 0;                ///< of SQL; 0: as many as cores
  /// The pipeline file's text without secrets, stored in the checkpoint.
  std::string text;
  std::map<std::string, std::string> sql_variables;  ///< of ${NAME} in its SQL; stored as well

  /// It reads again what another run has read.
  bool reads_again() const {
    return std::ranges::any_of(sources,
                               [](const SourcePart& source) { return source.until.has_value(); });
  }
};

/// Columns of a dead letter: batch BIGINT, source VARCHAR, topic VARCHAR (or file), partition
/// INTEGER, offset BIGINT, timestamp TIMESTAMPTZ, key BLOB, value BLOB, reason VARCHAR, column_name
/// VARCHAR. The same for every source and ever: sinks hold letters of earlier programs.
const data::Schema& dead_letter_schema();
/// Whether `decoder` (null: none) takes messages apart into several records.
bool has_elements(const data::Decoder* decoder);

}  // namespace sluice::engine
