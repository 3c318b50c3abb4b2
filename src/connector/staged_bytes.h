#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// Room in the checkpoint for what one sink has staged, for targets that have no place which nobody
/// sees. It is part of the batch's transaction: durable with its commit, gone when the batch is
/// taken back, in every backup, replaced by the next batch. One thread, the engine's.
/// Errors: kTransient (disk full), kInternal.
class StagedBytes {
 public:
  /// Pieces are about this large: what is added, and what is held when they are read.
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

  virtual ~StagedBytes() = default;

  /// Forgets all that is there: the batch before, which is published, and what an earlier call of
  /// stage() has left. REQUIRES: inside stage(), as of add().
  virtual Status clear() = 0;
  /// Adds a piece of batch `batch`. REQUIRES: inside stage(), and not while rows are read.
  virtual Status add(data::BatchId batch, std::string_view piece) = 0;
  /// Gives the batch's pieces in the order in which they were added, until one is an error. A piece
  /// is valid during the call, which must not touch this.
  virtual Status read(data::BatchId batch,
                      const std::function<Status(std::string_view piece)>& receive) = 0;
};

}  // namespace sluice::connector
