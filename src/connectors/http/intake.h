#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connector/inbox.h"
#include "connectors/http/fetched_record.h"
#include "connectors/http/position.h"
#include "connectors/http/seen_records.h"
#include "formats/json_parts.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// Which records of a feed are new, and how far it has come.
struct IntakeOptions {
  std::vector<std::string> unique;   ///< pointers whose values make a record unique; empty: all
                                     ///< records are new
  std::size_t ids_max = 100'000;     ///< that are remembered
  bool is_stream = false;            ///< records come once, so that none is too many
  std::optional<std::string> since;  ///< pointer of the value whose greatest is kept
};

/// The offset in the inbox before record `record`, from 0.
data::Offset at_record(std::int64_t record);

/// A record as a feed has found it. Views.
struct NewRecord {
  std::string_view text;
  std::optional<std::string_view> event_id{};
  std::optional<std::string_view> event{};
};

/// The way of fetched records into the inbox: leaves out those that came before and stores the
/// others together with the position that is reached with them, at one instant. The fetching
/// thread's, but for covers().
class Intake {
 public:
  /// All outlive it. `report` is called while the inbox cannot be written, and when it can again.
  Intake(IntakeOptions options, connector::Inbox& inbox, SeenRecords& seen, const Clock& clock,
         std::function<void(Status)> report)
      : options_(std::move(options)),
        inbox_(inbox),
        seen_(seen),
        clock_(clock),
        report_(std::move(report)) {}

  /// Where the feed goes on: at what the inbox's newest records say, else at `committed`. `from`:
  /// all before it is published. Once, before the rest.
  Status begin(const Position& committed, const data::Offset& from);

  const Position& position() const { return position_; }
  /// The position, where nothing new came with it: it is not stored, which costs another look at
  /// most.
  void move_to(Position position) { position_ = std::move(position); }

  /// A new answer begins (SeenRecords).
  void begin_answer() { seen_.begin_answer(); }
  /// Stores those of `records` that are new, and `position` with them. How many they were. kUser:
  /// an answer has more records than can be recognised. kCancelled.
  Result<std::size_t> take(const std::string& url, std::span<const NewRecord> records,
                           const Position& position, const std::stop_token& stop);
  /// The greatest of `greatest` and the records' values of `since`.
  std::string greatest_since(std::string greatest, std::span<const NewRecord> records);

  /// The inbox must keep records from here on: what is remembered of them is in no other file.
  data::Offset covers() const;
  bool remembers() const { return !options_.unique.empty(); }

 private:
  RecordId id_of(std::string_view record);
  Status store(std::span<const std::string_view> frames, const Position& position,
               const std::stop_token& stop);
  Status remember(const std::stop_token& stop);
  Status insist(const std::function<Status()>& write, const std::stop_token& stop);

  const IntakeOptions options_;
  connector::Inbox& inbox_;
  SeenRecords& seen_;
  const Clock& clock_;
  const std::function<void(Status)> report_;
  formats::JsonParts json_;
  Position position_;
  std::atomic<std::int64_t> covers_ = 0;
};

}  // namespace sluice::connectors::http
