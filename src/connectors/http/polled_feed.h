#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connectors/http/feed.h"
#include "connectors/http/intake.h"
#include "formats/json_parts.h"
#include "io/http_client.h"

namespace sluice::connectors::http {

/// An endpoint that is asked from time to time. A pass asks for all pages.
///
/// Which records of an answer are new (docs/decisions/0025-http.md):
/// - with `unique`, those whose values no answer before had; each pass begins at `url`;
/// - with paging, those after the ones that were taken: pages only grow at their end. A pass goes
/// on
///   at the last page;
/// - otherwise all, if the answer is another than the one before.
class PolledFeed final : public Feed {
 public:
  /// References outlive it.
  PolledFeed(const FeedSettings& settings, Intake& intake, const Clock& clock)
      : settings_(settings), intake_(intake), clock_(clock), client_(settings.endpoint.settings) {}

  Status pass(const std::stop_token& stop) override;
  std::optional<std::chrono::milliseconds> asked_pause() const override { return asked_pause_; }
  std::chrono::milliseconds pause() const override { return settings_.every; }

 private:
  /// What one page brought.
  struct Page {
    bool is_unchanged = false;  ///< the server says so; there is nothing else then
    std::string url;            ///< that was asked, as it may be shown
    std::vector<NewRecord> records;
    std::optional<std::string> next;  ///< URL or cursor
    std::string etag;
    std::string modified;
    std::string hash;  ///< of the body
  };

  bool walks() const { return settings_.goes_on(); }
  bool is_conditional(const Position& at) const;
  io::HttpRequest request_for(const Position& at) const;
  Result<Page> fetch(const Position& at, const std::stop_token& stop);
  Result<std::vector<NewRecord>> split(const io::HttpResponse& answer);
  Error unreadable(const io::HttpRequest& request, const io::HttpResponse& answer,
                   std::string_view why) const;
  Result<Position> take_walking(const Page& page, const Position& at, const std::stop_token& stop);
  Status take_whole(const Page& page, const std::stop_token& stop);
  Status pass_walking(const std::stop_token& stop);
  Status pass_from_start(const std::stop_token& stop);
  Error circle(const Position& at) const;
  void move_to_next(Position& at, const std::string& next) const;

  const FeedSettings& settings_;
  Intake& intake_;
  const Clock& clock_;
  io::HttpClient client_;
  formats::JsonParts json_;
  std::string body_;  // the records of a page point into it
  bool has_succeeded_ = false;
  std::optional<std::chrono::milliseconds> asked_pause_;
};

}  // namespace sluice::connectors::http
