#pragma once

#include <cstdint>
#include <string>

#include "connector/piece_buffer.h"
#include "connectors/kafka/record_block.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Collects the records of a batch while its rows are read, and stores them in the checkpoint then.
class StagedRecords {
 public:
  /// kTransient: no room for a temporary file.
  Status add(const RecordView& record) {
    ++records_;
    bytes_ += record.bytes();
    return pieces_.add_by([&record](std::string& piece) { append_record(piece, record); });
  }

  std::uint64_t records() const { return records_; }
  /// Of keys, values and headers.
  std::uint64_t bytes() const { return bytes_; }

  /// REQUIRES: inside Sink::stage(), no rows are being read.
  Status store(data::BatchId batch, connector::StagedBytes& bytes) {
    return pieces_.store(batch, bytes);
  }

  /// The records, where they are one piece that is still held; null else.
  const std::string* only_piece() const { return pieces_.only_piece(); }

 private:
  connector::PieceBuffer pieces_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::connectors::kafka
