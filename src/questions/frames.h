#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "io/descriptor.h"
#include "sluice/base/result.h"

namespace sluice::questions {

/// Messages over a socket, each with its length before it. One thread a direction.
class Frames {
 public:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;  ///< null: for ever

  explicit Frames(io::Descriptor socket) : socket_(std::move(socket)) {}

  /// One message of these parts. Errors: kTransient (nobody reads any more), kCancelled (`stop`, or
  /// the deadline has passed: the message says which).
  Status send(std::span<const std::string_view> parts, const Deadline& deadline = std::nullopt,
              const std::stop_token& stop = {});
  /// The next message. kTransient: there is none, the other side is gone; kInternal: it is longer
  /// than `bytes_max`; else as send().
  Result<std::string> receive(std::size_t bytes_max, const Deadline& deadline = std::nullopt,
                              const std::stop_token& stop = {});

 private:
  /// Waits until the socket can be read (or written).
  Status wait(bool to_write, const Deadline& deadline, const std::stop_token& stop) const;
  Status write(std::string_view bytes, const Deadline& deadline, const std::stop_token& stop);
  Status read(char* bytes, std::size_t count, const Deadline& deadline,
              const std::stop_token& stop);

  io::Descriptor socket_;
};

}  // namespace sluice::questions
