#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// XXH3-128 of what makes a record unique; zeros: nobody asked.
using RecordId = std::array<std::uint8_t, 16>;

/// A record and where it came from, as the inbox has it in one record of its own. Views.
struct FetchedRecord {
  std::string_view text;
  std::string_view url;
  Micros fetched_at = 0;
  std::optional<std::string_view> event_id;  ///< of a server-sent event, and so is the next
  std::optional<std::string_view> event;
  RecordId id{};
};

void append_fetched(std::string& out, const FetchedRecord& record);
/// Views into `bytes`; null: it is none.
std::optional<FetchedRecord> parse_fetched(std::string_view bytes);

/// The source's own columns: value VARCHAR, url VARCHAR, fetched_at TIMESTAMPTZ, event_id VARCHAR,
/// event VARCHAR.
const data::Schema& fetched_columns();

/// The records of an inbox's batch. kCorruption: what the inbox has was not fetched.
Result<std::unique_ptr<data::RecordBatch>> fetched_batch(std::unique_ptr<data::RecordBatch> stored,
                                                         const std::string& origin);

}  // namespace sluice::connectors::http
