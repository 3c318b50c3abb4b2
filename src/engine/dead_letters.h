#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "data/decoder.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "sluice/progress.h"

namespace sluice::engine {

/// Before the number of a record that is one of several of its message. A letter has it at the end
/// of its `topic`: with a column of its own, sinks with letters of earlier programs, or of before
/// `each`, would refuse the new ones.
inline constexpr const char* kElementMark = " element=";

/// "orders partition=0 offset=17", "in/1.jsonl line=3"; " element=2" after it.
std::string place_text(const data::RecordOrigin& origin);

/// The records of a batch that did not decode, as rows of their own (dead_letter_schema()), so that
/// SQL scans them and any sink takes them. Refers to the batch they came from, which must outlive
/// it.
class DeadLetterBatch final : public data::RecordBatch {
 public:
  /// `decoder` explains the rejects; both are only used in the constructor.
  DeadLetterBatch(const data::RecordBatch& records, std::span<const data::Reject> rejects,
                  const data::Decoder& decoder, std::int64_t batch, std::string source);

  std::size_t size() const override { return letters_.size(); }
  std::span<const data::Payload> payloads() const override { return {}; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override { return letters_[row].origin; }
  std::size_t bytes() const override { return letters_.size() * sizeof(Letter); }

  /// A letter in words, for messages: place, column, reason and how the value begins.
  std::string in_words(std::size_t row) const;

  /// How many letters there are of each reason.
  std::vector<DeadLetterReason> reasons() const;

 private:
  struct Letter {
    data::RecordOrigin origin;
    data::Payload payload;
    const std::string* topic = nullptr;  ///< with its element; null: that of the origin
    const std::string* reason = nullptr;
    const std::string* column = nullptr;  ///< null: the record as a whole
  };

  const std::string* intern(std::string text);
  static std::string reason_of(const Letter& letter);
  static std::string value_of(const Letter& letter);

  std::int64_t batch_;
  std::string source_;
  std::vector<Letter> letters_;
  std::deque<std::string> topics_;  ///< addresses stay
  std::deque<std::string> texts_;   ///< reasons and names, each once; addresses stay
};

}  // namespace sluice::engine
