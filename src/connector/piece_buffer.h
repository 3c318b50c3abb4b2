#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connector/staged_bytes.h"

namespace sluice::connector {

/// Collects what a sink stages in the checkpoint while its rows are read, and stores it then: in
/// pieces that hold whole items each. Up to kHeldBytes are held in memory, the rest in a temporary
/// file. One thread.
class PieceBuffer {
 public:
  static constexpr std::size_t kHeldBytes = std::size_t{8} << 20;

  /// kTransient: no room for a temporary file.
  Status add(std::string_view item);

  std::uint64_t bytes() const { return bytes_; }

  /// REQUIRES: inside Sink::stage(), no rows are being read.
  Status store(data::BatchId batch, StagedBytes& bytes);

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };

  Status put_away();

  std::vector<std::string> pieces_;         // the last one grows
  std::size_t held_ = 0;                    // bytes in them
  std::unique_ptr<std::FILE, Close> file_;  // pieces that came before, of the sizes in filed_
  std::vector<std::size_t> filed_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::connector
