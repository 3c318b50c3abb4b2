#include "questions/frames.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace sluice::questions {
namespace {

/// How long a stop may go unseen.
constexpr std::chrono::milliseconds kLookEvery{100};

Error gone() { return transient_error("the other side of the socket is gone"); }

}  // namespace

Status Frames::wait(bool to_write, const Deadline& deadline, const std::stop_token& stop) const {
  while (true) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "the question was given up");
    std::chrono::milliseconds pause = kLookEvery;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return Error(Kind::kCancelled, "it took too long");
      pause = std::min(pause, left);
    }
    pollfd waited{.fd = socket_.number(),
                  .events = static_cast<short>(to_write ? POLLOUT : POLLIN),
                  .revents = 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(pause.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return gone();
  }
}

Status Frames::write(std::string_view bytes, const Deadline& deadline,
                     const std::stop_token& stop) {
  while (!bytes.empty()) {
    SLUICE_TRY(wait(true, deadline, stop));
    const ssize_t count =
        ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) return gone();
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status Frames::read(char* bytes, std::size_t count, const Deadline& deadline,
                    const std::stop_token& stop) {
  while (count > 0) {
    SLUICE_TRY(wait(false, deadline, stop));
    const ssize_t got = ::recv(socket_.number(), bytes, count, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return gone();
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
  return {};
}

Status Frames::send(std::span<const std::string_view> parts, const Deadline& deadline,
                    const std::stop_token& stop) {
  std::uint64_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string head(sizeof size, '\0');
  std::memcpy(head.data(), &size, sizeof size);
  SLUICE_TRY(write(head, deadline, stop));
  for (const std::string_view part : parts) SLUICE_TRY(write(part, deadline, stop));
  return {};
}

Result<std::string> Frames::receive(std::size_t bytes_max, const Deadline& deadline,
                                    const std::stop_token& stop) {
  std::uint64_t size = 0;
  char head[sizeof size];
  SLUICE_TRY(read(head, sizeof head, deadline, stop));
  std::memcpy(&size, head, sizeof size);
  if (size > bytes_max) return internal_error("a message is too long");
  std::string message(size, '\0');
  SLUICE_TRY(read(message.data(), message.size(), deadline, stop));
  return message;
}

}  // namespace sluice::questions
