#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sluice/base/result.h"
#include "sql/duckdb/handles.h"
#include "sql/scan/chunk_decoder.h"
#include "sql/scan/scan_query.h"

namespace sluice::sql {

/// Threads that decode what the scan's own thread will come to next. DuckDB gives a scan one thread
/// alone where the order of its rows must be kept (CREATE TABLE AS), and decoding costs more than
/// what that thread does with the rows. Chunks come in the order of the records, without a copy.
class DecodeAhead {
 public:
  /// Starts `threads` of them, or fewer where the system gives no more. `query` outlives it.
  DecodeAhead(std::shared_ptr<ScanQuery> query, std::size_t threads);
  DecodeAhead(const DecodeAhead&) = delete;
  DecodeAhead& operator=(const DecodeAhead&) = delete;
  /// Waits for the threads; what they rejected is then with the scan's state.
  ~DecodeAhead();

  /// Rows that were decoded already, in order.
  struct Chunks {
    std::vector<ChunkHandle> chunks;  ///< of the query's columns; may be more than are filled
    std::size_t filled = 0;
    std::optional<Error> failure;  ///< of what decoding has thrown
    bool done = false;
  };

  /// What comes next: either chunks of a thread (waits for it), or a morsel that nobody has begun
  /// and the caller decodes; neither: there are no records left. The chunks are good until the next
  /// call. An error when a thread has failed.
  struct Next {
    const Chunks* chunks = nullptr;
    std::optional<Morsel> morsel;
  };
  Result<Next> next();

 private:
  void work();
  /// Under the mutex: a morsel for one of the threads, and where its chunks go.
  std::shared_ptr<Chunks> begin(std::optional<Morsel>& morsel);
  void decode(ChunkDecoder& decoder, Morsel morsel, Chunks& into);
  ChunkHandle make_chunk() const;

  std::shared_ptr<ScanQuery> query_;
  std::size_t window_;  ///< morsels that may be under way or done and not asked for

  std::mutex mutex_;  ///< guards what follows, and Chunks::done
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Chunks>> ahead_;  ///< in the order of the records
  std::vector<std::shared_ptr<Chunks>> free_;
  bool stopped_ = false;
  std::optional<Error> failure_;  ///< of a thread that ended early

  std::shared_ptr<Chunks> given_;      ///< to the caller
  std::vector<std::jthread> threads_;  ///< last: they use all of the above
};

}  // namespace sluice::sql
