#include "connectors/http/server_sent_events.h"

#include <algorithm>
#include <charconv>

#include "connectors/http/feed.h"

namespace sluice::connectors::http {
namespace {

/// More would be no pause but an end.
constexpr std::int64_t kRetryMsMax = std::int64_t{24} * 3600 * 1000;

}  // namespace

bool is_event_id(std::string_view text) {
  return std::ranges::none_of(
      text, [](unsigned char c) { return (c < 0x20U && c != '\t') || c == 0x7FU; });
}

void ServerSentEvents::begin() {
  line_.clear();
  after_return_ = false;
  at_begin_ = true;
  data_.clear();
  has_data_ = false;
  type_.clear();
  id_ = last_id_;
}

void ServerSentEvents::feed(std::string_view bytes, std::vector<ServerSentEvent>& out) {
  while (!bytes.empty()) {
    if (after_return_) {
      after_return_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    std::string_view line = line_;
    if (at_begin_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    at_begin_ = false;
    take_line(line, out);
    line_.clear();
  }
}

void ServerSentEvents::take_line(std::string_view line, std::vector<ServerSentEvent>& out) {
  if (line.empty()) {
    last_id_ = id_;
    if (has_data_) {
      data_.pop_back();  // the last line's end
      out.push_back({std::move(data_), id_, type_.empty() ? "message" : std::move(type_)});
    }
    data_.clear();
    has_data_ = false;
    type_.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    data_ += value;
    data_ += '\n';
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (is_event_id(value)) id_ = value;
  } else if (name == "retry") {
    std::int64_t ms = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), ms);
    if (code == std::errc() && end == value.data() + value.size() && ms >= 0) {
      retry_ = std::chrono::milliseconds(std::min(ms, kRetryMsMax));
    }
  }
}

}  // namespace sluice::connectors::http
