#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connector/staged_bytes.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// Collects what a sink stages in the checkpoint while its rows are read, and stores it then: in
/// pieces that hold whole items each. Up to kHeldBytes are held in memory, the rest in a temporary
/// file. One thread.
class PieceBuffer {
 public:
  static constexpr std::size_t kHeldBytes = std::size_t{8} << 20;

  /// Adds an item, which `append(std::string& piece)` puts to the end of what it is given.
  /// kTransient: no room for a temporary file.
  template <class Append>
  Status add_by(Append&& append) {
    SLUICE_TRY(make_room());
    const std::size_t before = pieces_.back().size();
    append(pieces_.back());
    held_ += pieces_.back().size() - before;
    bytes_ += pieces_.back().size() - before;
    return {};
  }
  Status add(std::string_view item) {
    return add_by([item](std::string& piece) { piece += item; });
  }

  std::uint64_t bytes() const { return bytes_; }

  /// All items, where they are one piece that is still held; null else.
  const std::string* only_piece() const {
    return file_ == nullptr && pieces_.size() == 1 ? pieces_.data() : nullptr;
  }

  /// REQUIRES: inside Sink::stage(), no rows are being read.
  Status store(data::BatchId batch, StagedBytes& bytes);

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };

  Status make_room();
  Status put_away();

  std::vector<std::string> pieces_;         // the last one grows
  std::size_t held_ = 0;                    // bytes in them
  std::unique_ptr<std::FILE, Close> file_;  // pieces that came before, of the sizes in filed_
  std::vector<std::size_t> filed_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::connector
