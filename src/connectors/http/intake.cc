#include "connectors/http/intake.h"

#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

#include <xxhash.h>

#include "base/crash_point.h"
#include "base/json.h"
#include "base/log.h"

namespace sluice::connectors::http {
namespace {

/// Between two tries of writing into the checkpoint's folder.
constexpr std::chrono::milliseconds kWritePause{1000};

std::int64_t record_of(const data::Offset& offset) {
  return connector::Inbox::records_between(at_record(0), offset).has_value()
             ? *connector::Inbox::records_between(at_record(0), offset)
             : 0;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Numbers by their values, other texts (times in ISO 8601 among them) by their bytes.
bool is_greater(std::string_view one, std::string_view other) {
  if (const auto a = number_in<std::int64_t>(one), b = number_in<std::int64_t>(other); a && b) {
    return *a > *b;
  }
  if (const auto a = number_in<double>(one), b = number_in<double>(other); a && b) return *a > *b;
  return one > other;
}

}  // namespace

data::Offset at_record(std::int64_t record) {
  return {"{\"record\":" + std::to_string(record) + "}"};
}

Status Intake::begin(const Position& committed, const data::Offset& from) {
  position_ = committed;
  if (const auto note = inbox_.note_before(inbox_.end())) {
    SLUICE_ASSIGN(position_, Position::parse(note->text));
  }
  if (!remembers()) return {};
  SLUICE_ASSIGN(const bool is_there, seen_.load());
  const std::int64_t first = record_of(from);
  const std::int64_t end = record_of(inbox_.end());
  if (is_there && seen_.covers() > end) {
    // The checkpoint is an older one than the file: its records are to be fetched again.
    return corruption_error(
        "E_MEMORY_AHEAD: what is remembered of the feed (path=" + seen_.path() +
        ") is newer than the checkpoint: records " + std::to_string(end) + " to " +
        std::to_string(seen_.covers() - 1) +
        " were fetched and are gone. Put the checkpoint's whole folder back from one copy, or "
        "remove that file: then all that the feed still has comes again");
  }
  if (!is_there && first > 0) {
    log_warn(
        "http: what was remembered of the feed is not there (a checkpoint that was restored "
        "has it not); records that the feed still has come again");
  }
  // What a kill has left out of the file.
  const std::int64_t begin = std::max(is_there ? seen_.covers() : 0, record_of(inbox_.initial()));
  if (begin < end) {
    SLUICE_ASSIGN(const auto stored, inbox_.read(at_record(begin), at_record(end)));
    for (const data::Payload& payload : stored->payloads()) {
      if (const auto record = parse_fetched(payload.text())) seen_.add(record->id);
    }
    SLUICE_TRY(seen_.save(end));
  }
  covers_ = std::max(end, first);
  return {};
}

data::Offset Intake::covers() const { return at_record(covers_); }

RecordId Intake::id_of(std::string_view record) {
  std::string values;
  for (const std::string& pointer : options_.unique) {
    bool is_string = false;
    const auto value = json_.text_at(record, pointer, &is_string);
    // Without the value, or when it is not JSON, the whole record is what makes it unique.
    const std::string_view part = value && *value ? std::string_view(**value) : record;
    values += std::to_string(part.size()) + (is_string ? "\":" : ":");
    values += part;
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(values.data(), values.size()));
  RecordId id;
  std::memcpy(id.data(), canonical.digest, id.size());
  return id;
}

Result<std::size_t> Intake::take(const std::string& url, std::span<const NewRecord> records,
                                 const Position& position, const std::stop_token& stop) {
  std::string bytes;
  std::vector<std::size_t> ends;
  const Micros now = clock_.now();
  for (const NewRecord& record : records) {
    RecordId id{};
    if (remembers()) {
      id = id_of(record.text);
      if (!seen_.add(id)) continue;
    }
    append_fetched(bytes, {.text = record.text,
                           .url = url,
                           .fetched_at = now,
                           .event_id = record.event_id,
                           .event = record.event,
                           .id = id});
    ends.push_back(bytes.size());
  }
  if (!options_.is_stream && seen_.is_overrun()) {
    return user_error("E_TOO_MANY_IDS: an answer has more than " +
                      std::to_string(options_.ids_max) +
                      " records, and of no more it is remembered that they came before; raise "
                      "`remember`, or ask for less by the URL or `since`");
  }
  std::vector<std::string_view> frames;
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    frames.push_back(std::string_view(bytes).substr(at, end - at));
    at = end;
  }
  if (!frames.empty()) SLUICE_TRY(store(frames, position, stop));
  position_ = position;
  return frames.size();
}

Status Intake::store(std::span<const std::string_view> frames, const Position& position,
                     const std::stop_token& stop) {
  std::string note = note_of(position, position_);
  if (note.size() > connector::Inbox::kNoteBytesMax) note = position.to_json();
  if (note.size() > connector::Inbox::kNoteBytesMax) {
    return user_error("E_POSITION_TOO_LARGE: the page's URL, cursor or event id has " +
                      std::to_string(note.size()) + " bytes, more than can be kept");
  }
  crash_point("http.fetched");
  SLUICE_TRY(insist([&] { return inbox_.append(frames, 0, stop, note); }, stop));
  crash_point("http.stored");
  return remember(stop);
}

Status Intake::remember(const std::stop_token& stop) {
  const std::int64_t end = record_of(inbox_.end());
  if (remembers()) {
    seen_.trim();
    SLUICE_TRY(insist([&] { return seen_.save(end); }, stop));
    crash_point("http.remembered");
  }
  covers_ = end;
  return {};
}

Status Intake::insist(const std::function<Status()>& write, const std::stop_token& stop) {
  while (true) {
    auto done = write();
    if (done || done.error().kind() != Kind::kTransient) {
      if (done) report_({});
      return done;
    }
    // The engine sees it, too, and decides how long to go on.
    report_(std::move(done));
    clock_.sleep_for(kWritePause, stop);
    if (stop.stop_requested()) return Error{Kind::kCancelled, "stopped"};
  }
}

std::string Intake::greatest_since(std::string greatest, std::span<const NewRecord> records) {
  if (!options_.since) return greatest;
  for (const NewRecord& record : records) {
    auto value = json_.text_at(record.text, *options_.since);
    if (!value || !*value || (*value)->empty()) continue;
    if (greatest.empty() || is_greater(**value, greatest)) greatest = *std::move(*value);
  }
  return greatest;
}

}  // namespace sluice::connectors::http
