#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "connector/inbox.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Moves lines from a file descriptor into an inbox, on a thread of its own, from its making to its
/// end. Any thread may call.
class StdinReader {
 public:
  /// `inbox` outlives it. A longer line than `record_bytes_max` is an error.
  StdinReader(int input, std::uint64_t record_bytes_max, connector::Inbox& inbox);

  /// Input is there and not yet in the inbox.
  bool is_at_work() const;
  /// All input is in the inbox.
  bool ended() const;
  /// Why reading does not go on: kUser for good, kTransient while the inbox cannot be written,
  /// which is tried again each second.
  Status problem() const;

 private:
  void run(const std::stop_token& stop);
  /// Appends what is there to `unread_`. False: nothing more will come.
  Result<bool> fill(const std::stop_token& stop);
  /// Moves the complete lines of `unread_` into the inbox; at the end the last one, too.
  Status move_lines(bool at_end, const std::stop_token& stop);
  Status append(const std::vector<std::string_view>& records, const std::stop_token& stop);
  void set_problem(Status problem);
  void set_at_work(bool at_work);

  const int input_;
  const std::uint64_t record_bytes_max_;
  connector::Inbox& inbox_;
  // Of the thread alone:
  std::string unread_;
  std::int64_t lines_ = 0;
  std::uint32_t blank_lines_ = 0;  // since the last append
  mutable std::mutex mutex_;       // guards the three below
  bool at_work_ = false;           // from before bytes are read until they are in the inbox
  bool ended_ = false;
  std::optional<Error> problem_;
  std::jthread thread_;  // last: it uses all others
};

}  // namespace sluice::connectors
