#include "http/broadcast.h"

#include <algorithm>
#include <charconv>

#include "base/border.h"
#include "base/log.h"

namespace sluice::http {

Broadcast::Broadcast(std::string run, Calls calls, const Limits& limits)
    : run_(std::move(run)), calls_(std::move(calls)), limits_(limits) {}

void Broadcast::publish(const Event& event) {
  std::vector<std::function<void()>> wakes;
  {
    const std::lock_guard lock(mutex_);
    // The number is given with the lock held, so that ids go up in every queue.
    const auto frame = std::make_shared<const std::string>(frame_text(event, ++last_number_));
    kept_.push_back({last_number_, frame});
    kept_bytes_ += frame->size();
    while (kept_.size() > limits_.events_kept_max || kept_bytes_ > limits_.bytes_kept_max) {
      kept_bytes_ -= kept_.front().frame->size();
      kept_.pop_front();
    }
    for (auto& [id, stream] : streams_) {
      if (auto wake = enqueue(stream, frame)) wakes.push_back(std::move(wake));
    }
  }
  for (const auto& wake : wakes) wake();
}

bool Broadcast::send(StreamId id, const Event& event) {
  const auto frame = std::make_shared<const std::string>(frame_text(event, std::nullopt));
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(id);
    if (found == streams_.end()) return false;
    wake = enqueue(found->second, frame);
  }
  if (wake) wake();
  return true;
}

std::vector<StreamId> Broadcast::streams() const {
  const std::lock_guard lock(mutex_);
  std::vector<StreamId> ids;
  for (const auto& [id, stream] : streams_) ids.push_back(id);
  return ids;
}

std::optional<StreamId> Broadcast::open(std::string_view last_event_id,
                                        std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (streams_.size() >= limits_.streams_max) return std::nullopt;
  Stream stream{std::move(wake)};
  stream.opening = Reason::kNew;
  const auto seen = number_of(last_event_id);
  const std::uint64_t first_kept = last_number_ + 1 - kept_.size();
  if (seen && *seen <= last_number_ && *seen + 1 >= first_kept) {
    stream.opening = Reason::kResumed;
    for (const Kept& kept : kept_) {
      if (kept.number > *seen) static_cast<void>(enqueue(stream, kept.frame));
    }
  }
  const StreamId id = ++last_stream_;
  streams_.emplace(id, std::move(stream));
  return id;
}

std::vector<Broadcast::Frame> Broadcast::take(StreamId id, std::size_t bytes_max) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(id);
  if (found == streams_.end()) return {};
  Stream& stream = found->second;
  if (stream.opening) {
    Reason reason = *stream.opening;
    if (reason == Reason::kTooSlow && !stream.was_opened) reason = Reason::kNew;
    stream.opening.reset();
    stream.was_opened = true;
    const std::uint64_t number = last_number_;
    lock.unlock();
    auto frames = opening_frames(id, reason, number);
    if (!frames.empty()) return frames;
    lock.lock();
  }
  std::vector<Frame> frames;
  std::size_t bytes = 0;
  while (!stream.queue.empty() && bytes < bytes_max) {
    bytes += stream.queue.front()->size();
    frames.push_back(std::move(stream.queue.front()));
    stream.queue.pop_front();
  }
  stream.queue_bytes -= bytes;
  if (frames.empty()) stream.is_awake = false;
  return frames;
}

void Broadcast::close(StreamId id) {
  bool was_opened = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    was_opened = found->second.was_opened;
    streams_.erase(found);
  }
  if (!was_opened || !calls_.gone) return;
  // Called by destructors.
  const auto told = at_border("http: a stream is gone", [&]() -> Status {
    calls_.gone(id);
    return {};
  });
  if (!told) log_error(told.error().message());
}

std::function<void()> Broadcast::enqueue(Stream& stream, const Frame& frame) {
  // The opening, which is still to come, has all that is in an event.
  if (stream.opening == Reason::kNew || stream.opening == Reason::kTooSlow) return {};
  // What waits before it shows a stream that is too slow; one that is large is just large.
  if (stream.queue_bytes > limits_.queue_bytes_max) {
    stream.queue.clear();
    stream.queue_bytes = 0;
    stream.opening = Reason::kTooSlow;
  } else {
    stream.queue.push_back(frame);
    stream.queue_bytes += frame->size();
  }
  if (stream.is_awake) return {};
  stream.is_awake = true;
  return stream.wake;
}

std::optional<std::uint64_t> Broadcast::number_of(std::string_view id) const {
  const std::size_t dash = id.rfind('-');
  if (dash == std::string_view::npos || id.substr(0, dash) != run_) return std::nullopt;
  const std::string_view digits = id.substr(dash + 1);
  std::uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::string Broadcast::frame_text(const Event& event, std::optional<std::uint64_t> number) const {
  std::string text;
  text.reserve(event.data.size() + event.name.size() + run_.size() + 48);
  if (number) text += "id: " + run_ + "-" + std::to_string(*number) + "\n";
  text += "event: " + event.name + "\n";
  std::string_view rest = event.data;
  while (true) {
    // Not find_first_of(), which looks at each byte by a call.
    const std::size_t end = std::min({rest.find('\n'), rest.find('\r'), rest.size()});
    text += "data: ";
    text += rest.substr(0, end);
    text += '\n';
    if (end == rest.size()) break;
    rest.remove_prefix(rest.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  text += '\n';
  return text;
}

std::vector<Broadcast::Frame> Broadcast::opening_frames(StreamId id, Reason reason,
                                                        std::uint64_t number) const {
  if (!calls_.opened) return {};
  const std::vector<Event> events = calls_.opened({id, reason});
  std::vector<Frame> frames;
  for (const Event& event : events) {
    // Only the last one has an id: a client that was cut off in between begins again.
    const bool has_id = reason != Reason::kResumed && &event == &events.back();
    frames.push_back(std::make_shared<const std::string>(
        frame_text(event, has_id ? std::optional(number) : std::nullopt)));
  }
  return frames;
}

}  // namespace sluice::http
