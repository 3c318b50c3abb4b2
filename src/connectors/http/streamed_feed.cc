#include "connectors/http/streamed_feed.h"

#include <algorithm>
#include <utility>

#include "base/shown_text.h"

namespace sluice::connectors::http {
namespace {

/// Stored at once, about; less when nothing more waits.
constexpr std::size_t kBlockBytes = 1 << 20;
/// Between the end of a connection and the next one, unless the server asks for another.
constexpr std::chrono::milliseconds kReconnectPause{1000};

}  // namespace

std::chrono::milliseconds StreamedFeed::pause() const {
  return parser_.retry().value_or(kReconnectPause);
}

io::HttpRequest StreamedFeed::request() const {
  io::HttpRequest request = settings_.endpoint.request;
  request.limits.timeout = std::chrono::milliseconds(0);
  const Position& at = intake_.position();
  const std::string& since = at.since.empty() ? settings_.since_start : at.since;
  if (!settings_.since_parameter.empty() && !since.empty()) {
    request.url = with_parameter(request.url, settings_.since_parameter, since);
  }
  if (settings_.is_events) request.headers.push_back({"Accept", Secret("text/event-stream")});
  if (is_event_id(at.event_id) && !at.event_id.empty()) {
    request.headers.push_back({"Last-Event-ID", Secret(at.event_id), /*is_harmless=*/true});
  }
  return request;
}

Status StreamedFeed::pass(const std::stop_token& stop) {
  asked_pause_.reset();
  parser_.set_last_id(intake_.position().event_id);
  parser_.begin();
  // Without an id the server does not know where to go on, and gives what is new.
  const Position& at = intake_.position();
  taken_ = at.event_id.empty() ? 0 : at.taken;
  waiting_.clear();
  waiting_bytes_ = 0;
  line_.clear();
  lines_ = 0;
  at_begin_ = true;
  const io::HttpRequest asked = request();
  std::string url;
  auto answer = client_.stream(
      asked,
      [&](const io::HttpResponse& head, std::string_view bytes) {
        url = head.shown_url;
        return take(head, bytes, stop);
      },
      stop);
  if (!answer) {
    // What was complete came; a part of an event or a line did not.
    const bool may_store = answer.error().kind() == Kind::kTransient;
    if (may_store) SLUICE_TRY(flush(url, stop));
    return std::move(answer).error();
  }
  if (!answer->is_success()) {
    asked_pause_ = busy_pause(*answer, clock_.now());
    return client_.refusal(asked, *answer);
  }
  // The last line needs no end, when the answer has one.
  if (!settings_.is_events) add_line(line_);
  return flush(url, stop);
}

/// As of an answer that cannot be taken apart: at the first connection the options are wrong, later
/// the server is.
Status StreamedFeed::check(const io::HttpResponse& answer) {
  const auto type = answer.header("content-type");
  if (!settings_.is_events || !type || type->find("text/event-stream") != std::string_view::npos) {
    has_succeeded_ = true;
    return {};
  }
  return Error(has_succeeded_ ? Kind::kTransient : Kind::kUser,
               "GET " + answer.shown_url + ": the answer is no stream of events: content_type='" +
                   shown_text(*type) + "'; is the URL right, and `stream: events`?");
}

Status StreamedFeed::take(const io::HttpResponse& answer, std::string_view bytes,
                          const std::stop_token& stop) {
  SLUICE_TRY(check(answer));
  const std::size_t before = waiting_.size();
  if (settings_.is_events) {
    parser_.feed(bytes, waiting_);
    const std::size_t again = std::min<std::size_t>(taken_, waiting_.size() - before);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(before),
                   waiting_.begin() + static_cast<std::ptrdiff_t>(before + again));
    taken_ -= again;
  } else {
    take_lines(bytes);
  }
  for (std::size_t i = before; i < waiting_.size(); ++i) {
    const ServerSentEvent& event = waiting_[i];
    // An event without text takes memory, too.
    waiting_bytes_ += sizeof event + event.data.size() + event.id.size() + event.type.size();
  }
  const std::size_t held = settings_.is_events ? parser_.held() : line_.size();
  if (held > settings_.answer_bytes_max) {
    return user_error("GET " + answer.shown_url + ": a record is longer than " +
                      std::to_string(settings_.answer_bytes_max) +
                      " bytes; raise `max_answer_bytes`");
  }
  if (!bytes.empty() && waiting_bytes_ < kBlockBytes) return {};
  return flush(answer.shown_url, stop);
}

void StreamedFeed::take_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    add_line(line_);
    line_.clear();
  }
}

void StreamedFeed::add_line(std::string_view line) {
  if (std::exchange(at_begin_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  const bool is_blank = line.find_first_not_of(" \t") == std::string_view::npos;
  if (!is_blank && lines_++ >= settings_.skip_lines)
    waiting_.push_back({std::string(line), "", ""});
}

Status StreamedFeed::flush(const std::string& url, const std::stop_token& stop) {
  if (waiting_.empty()) return {};
  intake_.begin_answer();
  std::vector<NewRecord> records;
  records.reserve(waiting_.size());
  for (const ServerSentEvent& event : waiting_) {
    NewRecord record{event.data};
    if (settings_.is_events) {
      record.event = event.type;
      if (!event.id.empty()) record.event_id = event.id;
    }
    records.push_back(record);
  }
  Position reached = intake_.position();
  reached.event_id = waiting_.back().id;
  reached.taken = 0;
  reached.since = intake_.greatest_since(reached.since, records);
  SLUICE_TRY(intake_.take(url, records, reached, stop));
  waiting_.clear();
  waiting_bytes_ = 0;
  return {};
}

}  // namespace sluice::connectors::http
