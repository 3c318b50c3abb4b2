#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::connectors::http {

/// An event of a stream: what was in its `data` lines.
struct ServerSentEvent {
  std::string data;
  std::string id;    ///< the newest id of the stream at that place; "": none
  std::string type;  ///< its `event` line; "message" without one
};

/// Whether Last-Event-ID can say it: a header holds no control characters. What cannot be said is
/// ignored, as the standard has it for NUL.
bool is_event_id(std::string_view text);

/// Reads text/event-stream (the HTML standard, section 9.2.6) from bytes in any pieces. Events
/// without data are none. An event that the stream's end cuts is dropped, as the standard says: the
/// server gives it again after its last id.
class ServerSentEvents {
 public:
  /// A new connection: what was cut is dropped, the id stays.
  void begin();
  /// The events that are complete with these bytes are appended to `out`.
  void feed(std::string_view bytes, std::vector<ServerSentEvent>& out);

  /// Bytes that are held of an event which is not complete.
  std::size_t held() const { return line_.size() + data_.size() + id_.size() + type_.size(); }
  /// For Last-Event-ID: the id of the newest complete event.
  const std::string& last_id() const { return last_id_; }
  void set_last_id(std::string id) { last_id_ = id_ = std::move(id); }
  /// How long the server asks to wait before it is asked again; null: it does not say.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  void take_line(std::string_view line, std::vector<ServerSentEvent>& out);

  std::string line_;           // begun
  bool after_return_ = false;  // a line ended with CR: LF belongs to it
  bool at_begin_ = true;       // a byte order mark may come
  std::string data_;
  bool has_data_ = false;
  std::string type_;
  std::string id_;       // of the event that is being read
  std::string last_id_;  // of the newest complete one
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace sluice::connectors::http
