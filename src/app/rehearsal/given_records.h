#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/kafka/record_encoder.h"
#include "base/clock.h"
#include "base/config_value.h"
#include "config/pipeline_file.h"
#include "connector/registry.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "engine/pipeline.h"
#include "formats/json_decoder.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// A record of a test.
struct GivenRecord {
  std::optional<std::string> payload;  ///< null: the record has no value
  std::string own;                     ///< the source's own columns, as a JSON object
  bool has_own = false;                ///< the test says some of them
  data::RecordOrigin origin{};
  std::optional<std::string> key{};  ///< of the origin
};

/// Records of a test as a batch of the engine. Own columns are read from JSON by the json format's
/// rules. Any thread may read.
class GivenBatch final : public data::RecordBatch {
 public:
  /// `own` outlives the batch.
  GivenBatch(std::vector<GivenRecord> records, const formats::JsonDecoder& own);

  std::size_t size() const override { return records_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override;
  std::size_t bytes() const override { return 0; }

 private:
  const std::vector<GivenRecord> records_;
  const formats::JsonDecoder& own_;
  std::vector<data::Payload> payloads_;
  mutable std::mutex mutex_;  // guards arenas_
  mutable std::vector<std::unique_ptr<data::Arena>> arenas_;
};

/// Makes records of the rows of one source or table.
class RecordMaker {
 public:
  /// `entry` is the source's in its file; `part` as it was composed; all outlive this. kUser: a
  /// format that rows cannot be put into.
  static Result<std::unique_ptr<RecordMaker>> make(const config::SourceEntry& entry,
                                                   const engine::SourcePart& part,
                                                   const connector::Registry& registry,
                                                   io::FileSystem& files);

  /// A list of rows: {column: value}, or {row: ..., key: ...}, {raw: text}, {hex: bytes}. `now`:
  /// when they are written, where they do not say. kUser, with the place of the row.
  Result<std::vector<GivenRecord>> records(const ConfigValue& rows, Micros now);

  const formats::JsonDecoder& own() const { return *own_; }
  const data::Schema& own_columns() const { return own_->schema(); }
  /// Of the records' values; "": there are own columns only.
  const std::string& format() const { return format_; }
  /// Rows become records by a schema of the format's own.
  bool has_encoder() const { return encoder_ != nullptr; }
  /// Of csv: what is between two fields, and the columns in the order of the line.
  std::string csv_delimiter() const;
  std::vector<std::string> csv_columns() const;

 private:
  RecordMaker(const config::SourceEntry& entry, const engine::SourcePart& part)
      : entry_(entry), part_(part) {}

  Status open(const connector::Registry& registry, io::FileSystem& files);
  Result<GivenRecord> record(const ConfigValue& row, Micros now);
  Result<std::optional<std::string>> payload(const ConfigValue& row);
  Result<std::string> csv_line(const ConfigValue& row) const;
  Status check_columns(const ConfigValue& row, const data::Schema& schema) const;
  /// The value of the row's own column `name` as JSON.
  Result<std::string> own_value(const data::Field& field, const ConfigValue* given,
                                const GivenRecord& of, Micros now);
  bool is_record(const ConfigValue& row) const;
  Status check_own(const std::vector<GivenRecord>& records, const ConfigValue& rows);

  const config::SourceEntry& entry_;
  const engine::SourcePart& part_;
  std::string format_;   // "": own columns only
  ConfigValue options_;  // of the format
  std::string topic_;    // "": none, or several
  std::unique_ptr<formats::JsonDecoder> own_;
  std::unique_ptr<ScannedRecords> own_rows_;          // to check them; null: not yet
  std::unique_ptr<RecordEncoder> encoder_;            // of formats with a schema of their own
  std::map<std::int32_t, std::int64_t> next_offset_;  // by partition
};

}  // namespace sluice::app
