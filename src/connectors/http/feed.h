#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/http/endpoint.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// Some servers begin a text with it; it is no part of the first record.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// How an answer becomes records.
enum class AnswerForm : unsigned char {
  kJson,   ///< the elements of an array
  kLines,  ///< each line that is not blank
  kWhole,  ///< all of it is one
};

/// Where an answer names the page after it. One of the first three, or none.
struct Paging {
  std::string next;              ///< pointer of the next page's URL
  bool link = false;             ///< a header `Link: <URL>; rel="next"`
  std::string cursor;            ///< pointer of the value of
  std::string cursor_parameter;  ///< this parameter of the next page's query

  bool any() const { return link || !next.empty() || !cursor.empty(); }
};

/// What is fetched, as the options say.
struct FeedSettings {
  Endpoint endpoint;
  AnswerForm answer = AnswerForm::kJson;
  std::string records;  ///< pointer of the array
  std::uint64_t skip_lines = 0;
  Paging paging;
  std::string since_parameter;
  std::string since_start;
  bool is_unique = false;  ///< records are recognised: each poll may have all of them again
  bool is_events = false;  ///< of a stream: server-sent events; else lines
  std::uint64_t answer_bytes_max = 64 << 20;
  std::chrono::milliseconds every{10'000};
  /// Of one pass that counts as a whole; one that goes on where it was warns after so many.
  std::size_t pages_max = 10'000;

  /// A pass goes on where the one before came to, in the order of the feed.
  bool goes_on() const { return is_events || (paging.any() && !is_unique); }
};

/// How long a server that is busy (429, 503) asks to wait; of other answers it is no pause.
inline std::optional<std::chrono::milliseconds> busy_pause(const io::HttpResponse& answer,
                                                           Micros now) {
  return answer.status == 429 || answer.status == 503 ? answer.retry_after(now) : std::nullopt;
}

/// Something to fetch from, again and again. The fetching thread's.
class Feed {
 public:
  virtual ~Feed() = default;

  /// Fetches what is there now, all pages, or until the connection ends, into the intake.
  /// kTransient: may be tried again. kUser, kCorruption: for good. kCancelled.
  virtual Status pass(const std::stop_token& stop) = 0;
  /// After a pass that failed for a passing reason: how long the server asks to wait.
  virtual std::optional<std::chrono::milliseconds> asked_pause() const = 0;
  /// Between two passes that succeeded, from the beginning of the first.
  virtual std::chrono::milliseconds pause() const = 0;
};

}  // namespace sluice::connectors::http
