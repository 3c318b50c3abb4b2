#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/kafka/scanned_records.h"
#include "app/rehearsal/given_records.h"
#include "app/rehearsal/live_slice.h"
#include "app/rehearsal/mask.h"
#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// A row of a file of tests, on one line, without its dash.
struct WrittenRow {
  std::string text;
  ConfigValue row;  ///< what is in it, of a record that could be taken apart
};

/// Writes the records of a source, or of a table, as a person would: by their columns where the
/// same bytes come back of that, else as the text that they are, else as hexadecimal digits.
class RowWriter {
 public:
  /// All outlive this. kUser: a format that no test decodes, such as one whose schemas are in a
  /// registry.
  static Result<std::unique_ptr<RowWriter>> make(const config::SourceEntry& entry,
                                                 const engine::SourcePart& part,
                                                 const connector::Registry& registry,
                                                 io::FileSystem& files, Mask& mask);

  /// `is_letter`: it does not decode, and is kept byte by byte. Null: nothing that can be written
  /// gives it again.
  Result<std::optional<WrittenRow>> write(const TakenRecord& record, bool is_letter);

 private:
  RowWriter(const config::SourceEntry& entry, const engine::SourcePart& part, Mask& mask)
      : entry_(entry), part_(part), mask_(mask) {}

  Result<std::optional<WrittenRow>> write_columns(const TakenRecord& record);
  /// The record's value by its columns. Null: it cannot be taken apart.
  Result<std::optional<ConfigValue>> columns_of(const std::string& payload);
  Result<std::optional<ConfigValue>> decoded(const std::string& payload);
  std::optional<ConfigValue> csv_row(const std::string& line) const;
  /// The record's own columns that a test does not have by itself: ", key: a, partition: 1".
  std::string own_text(const ConfigValue& own);
  /// What a test makes of the row; an error where it makes nothing.
  Result<GivenRecord> given(const std::string& row);
  /// Whether the record has these bytes; not exactly: but for blanks between words of JSON.
  bool gives(const GivenRecord& given, const std::string& bytes, bool exactly) const;

  const config::SourceEntry& entry_;
  const engine::SourcePart& part_;
  Mask& mask_;
  bool shows_bytes_ = false;  // SQL sees the record's value as it is
  std::unique_ptr<RecordMaker> maker_;
  std::unique_ptr<ScannedRecords> scanned_;  // of formats with an encoder; null: not yet
};

}  // namespace sluice::app
