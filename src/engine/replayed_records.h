#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "data/arena.h"
#include "data/decoder.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "engine/replays.h"

namespace sluice::engine {

/// The records of a batch, and after them dead letters that are replayed, as if the source had
/// given them: their payloads are decoded alike. Of the source's own columns a letter has those
/// that it keeps, by their names (key, value, topic, partition, offset, timestamp; file_path,
/// file_line, file_modified); the others are NULL.
class ReplayedRecords final : public data::RecordBatch {
 public:
  /// Columns of the source, and those that its decoder adds to records of presented messages.
  struct Columns {
    const data::Schema& own;
    const data::Schema& added;
    bool places_are_lines = false;
  };

  /// `records`: those of the source, null: none. All outlive it.
  ReplayedRecords(const data::RecordBatch* records, std::vector<const ReplayedLetter*> letters,
                  const Columns& columns);

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::Payload original(std::size_t row) const override;
  data::RecordOrigin origin(std::size_t row) const override;
  std::int64_t blank_lines() const override {
    return records_ == nullptr ? 0 : records_->blank_lines();
  }
  std::size_t bytes() const override;

 private:
  void write_letters(const data::Field& field, std::size_t first,
                     std::span<const std::uint32_t> rows, data::VectorWriter& out) const;
  /// A text column holds UTF-8.
  std::string_view text_of(std::string_view bytes) const;

  const data::RecordBatch* records_;
  std::size_t records_size_;
  std::vector<const ReplayedLetter*> letters_;
  Columns columns_;
  std::vector<data::Payload> payloads_;
  mutable std::mutex mutex_;  // guards repaired_
  mutable data::Arena repaired_;
};

/// Puts the letters of a batch among its records, on their way to decoding. One for each try of a
/// batch. Engine thread only.
class ReplayJoin {
 public:
  /// `letters` outlive it.
  explicit ReplayJoin(const ReplayedLetters& letters) : letters_(letters) {}

  using Records = std::map<std::string, std::unique_ptr<data::RecordBatch>>;

  /// Letters that are whole messages, before these are taken apart.
  void add_messages(const SourcePart& source, Records& records);
  /// Letters that are records of a message, once messages are taken apart.
  void add_elements(const SourcePart& source, Records& records);

 private:
  void add(const SourcePart& source, bool elements, Records& records);

  const ReplayedLetters& letters_;
  std::vector<std::unique_ptr<data::RecordBatch>> held_;  ///< what the joined ones refer to
};

/// Whether places of the source's records are lines of files, by its kind.
bool places_are_lines(const std::string& kind);

}  // namespace sluice::engine
