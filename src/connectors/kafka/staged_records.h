#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/staged_bytes.h"
#include "connectors/kafka/record_block.h"

namespace sluice::connectors::kafka {

/// Collects the records of a batch while its rows are read, and stores them in the checkpoint then:
/// in pieces that hold whole records each. Up to kHeldBytes are held in memory, the rest in a
/// temporary file. One thread.
class StagedRecords {
 public:
  static constexpr std::size_t kHeldBytes = std::size_t{8} << 20;

  /// kTransient: no room for a temporary file.
  Status add(const RecordView& record);

  std::uint64_t records() const { return records_; }
  /// Of keys, values and headers.
  std::uint64_t bytes() const { return bytes_; }

  /// REQUIRES: inside Sink::stage(), no rows are being read.
  Status store(data::BatchId batch, connector::StagedBytes& bytes);

  /// The records, where they are one piece that is still held; null else.
  const std::string* only_piece() const {
    return file_ == nullptr && pieces_.size() == 1 ? pieces_.data() : nullptr;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };

  Status put_away();

  std::vector<std::string> pieces_;         // the last one grows
  std::size_t held_ = 0;                    // bytes in them
  std::unique_ptr<std::FILE, Close> file_;  // pieces that came before, of the sizes in filed_
  std::vector<std::size_t> filed_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::connectors::kafka
