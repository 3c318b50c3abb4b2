#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// One event of a stream (text/event-stream).
struct Event {
  std::string name;
  std::string data;
};

/// One open connection that reads events; never used again.
using StreamId = std::uint64_t;

/// Events to everybody who listens, and to single ones. Publishing never waits for a client: what
/// is sent is bounded for each stream, and a stream that is too slow loses its queue and begins
/// again. Any thread may call; no callback is called with a lock held.
class Broadcast {
 public:
  enum class Reason : unsigned char {
    kNew,      ///< a new stream, or one whose missed events are no longer kept
    kResumed,  ///< what the stream missed comes right after
    kTooSlow,  ///< its queue was dropped
  };
  struct Opening {
    StreamId stream = 0;
    Reason reason = Reason::kNew;
  };
  struct Calls {
    /// What a stream gets first, and again when it was too slow. On the io thread: to be quick
    /// about it. May be empty. What is published from the call on comes after it.
    std::function<std::vector<Event>(const Opening&)> opened;
    /// The stream is gone. Once for each that `opened` was called for, after that, on the io
    /// thread.
    std::function<void(StreamId)> gone;
  };
  struct Limits {
    std::size_t events_kept_max = 1024;
    std::size_t bytes_kept_max = 4 << 20;
    /// Of one stream: with more than that waiting it is too slow for another event.
    std::size_t queue_bytes_max = 1 << 20;
    std::size_t streams_max = 64;
  };

  /// `run`: the process's name for this run, without '-' at its end; a part of each event's id.
  Broadcast(std::string run, Calls calls) : Broadcast(std::move(run), std::move(calls), Limits{}) {}
  Broadcast(std::string run, Calls calls, const Limits& limits);
  Broadcast(const Broadcast&) = delete;
  Broadcast& operator=(const Broadcast&) = delete;

  /// To all streams; kept for those that come back.
  void publish(const Event& event);
  /// To one stream, and not kept. False: there is no such stream.
  bool send(StreamId stream, const Event& event);
  /// Those that are open.
  std::vector<StreamId> streams() const;

  /// What the server sees of it.
  using Frame = std::shared_ptr<const std::string>;

  /// A new stream; `last_event_id` is what the client has seen last, or "". `wake` is called from
  /// any thread when there is something to take(), once until it was taken; it must not block.
  /// Null: there are too many.
  std::optional<StreamId> open(std::string_view last_event_id, std::function<void()> wake);
  /// What to send next, about `bytes_max` of it; empty: nothing yet. On the io thread.
  std::vector<Frame> take(StreamId stream, std::size_t bytes_max);
  void close(StreamId stream);

 private:
  struct Stream {
    std::function<void()> wake;
    std::deque<Frame> queue;
    std::size_t queue_bytes = 0;
    std::optional<Reason> opening;  // asked for at the next take()
    bool was_opened = false;
    bool is_awake = true;  // wake() was called and nothing was taken since
  };
  struct Kept {
    std::uint64_t number;
    Frame frame;
  };

  /// With the lock held. Gives what is to be called without it; may be empty.
  std::function<void()> enqueue(Stream& stream, const Frame& frame);
  /// The number in an id of this run; null: it is of another one, or none.
  std::optional<std::uint64_t> number_of(std::string_view id) const;
  std::string frame_text(const Event& event, std::optional<std::uint64_t> number) const;
  std::vector<Frame> opening_frames(StreamId id, Reason reason, std::uint64_t number) const;

  const std::string run_;
  const Calls calls_;
  const Limits limits_;
  mutable std::mutex mutex_;  // guards all below
  std::map<StreamId, Stream> streams_;
  StreamId last_stream_ = 0;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t last_number_ = 0;
};

}  // namespace sluice::http
