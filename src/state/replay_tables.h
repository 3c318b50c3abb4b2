#pragma once

namespace sluice::state {

/// Tables of the schema `sluice` that newer programs add to a checkpoint when they open it: dead
/// letters that are to be replayed, and those that were (engine/replays.h).
inline constexpr const char* kReplayTables = R"(
  CREATE TABLE IF NOT EXISTS sluice.replay_queue(
    number BIGINT, letter VARCHAR, source VARCHAR, asked BIGINT, of_batch BIGINT, origin VARCHAR,
    "partition" INTEGER, "offset" BIGINT, element BIGINT, "timestamp" BIGINT, "key" BLOB,
    "value" BLOB, size BIGINT);
  CREATE TABLE IF NOT EXISTS sluice.replayed(letter VARCHAR, asked BIGINT, batch BIGINT);
)";

}  // namespace sluice::state
