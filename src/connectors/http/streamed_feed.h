#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connectors/http/feed.h"
#include "connectors/http/intake.h"
#include "connectors/http/server_sent_events.h"
#include "io/http_client.h"

namespace sluice::connectors::http {

/// An answer that does not end: server-sent events, or lines. A pass lasts as long as the
/// connection; the next one asks for what comes after the newest event's id, or after `since`.
class StreamedFeed final : public Feed {
 public:
  /// References outlive it.
  StreamedFeed(const FeedSettings& settings, Intake& intake, const Clock& clock)
      : settings_(settings), intake_(intake), clock_(clock), client_(settings.endpoint.settings) {}

  Status pass(const std::stop_token& stop) override;
  std::optional<std::chrono::milliseconds> asked_pause() const override { return asked_pause_; }
  std::chrono::milliseconds pause() const override;

 private:
  io::HttpRequest request() const;
  Status take(const io::HttpResponse& answer, std::string_view bytes, const std::stop_token& stop);
  void take_lines(std::string_view bytes);
  void add_line(std::string_view line);
  Status check(const io::HttpResponse& answer);
  /// Stores what is complete.
  Status flush(const std::string& url, const std::stop_token& stop);

  const FeedSettings& settings_;
  Intake& intake_;
  const Clock& clock_;
  io::HttpClient client_;
  ServerSentEvents parser_;
  std::string line_;            // begun
  bool has_succeeded_ = false;  // an answer was one of events
  std::uint64_t lines_ = 0;
  bool at_begin_ = true;                  // no line of the connection came yet
  std::uint64_t taken_ = 0;               // events that come again, and are left out
  std::vector<ServerSentEvent> waiting_;  // complete, not stored
  std::size_t waiting_bytes_ = 0;
  std::optional<std::chrono::milliseconds> asked_pause_;
};

}  // namespace sluice::connectors::http
