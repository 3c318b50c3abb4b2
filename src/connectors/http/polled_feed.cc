#include "connectors/http/polled_feed.h"

#include <array>
#include <cstdio>
#include <utility>

#include <xxhash.h>

#include "base/log.h"
#include "base/shown_text.h"
#include "connectors/http/paging.h"

namespace sluice::connectors::http {
namespace {

/// Pages without a new record, one after the other, after which the next is not asked for at once.
constexpr int kEmptyPagesAtOnce = 10;
constexpr std::chrono::milliseconds kEmptyPagePause{1000};

std::string hash_of(std::string_view bytes) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(bytes.data(), bytes.size())));
  return text.data();
}

/// After a page without a new record. kCancelled.
Status rest_after_empty(int& empty_pages, bool is_empty, const Clock& clock,
                        const std::stop_token& stop) {
  empty_pages = is_empty ? empty_pages + 1 : 0;
  if (empty_pages > kEmptyPagesAtOnce) clock.sleep_for(kEmptyPagePause, stop);
  return stop.stop_requested() ? Status(Error(Kind::kCancelled, "stopped")) : Status();
}

/// Whether the content type says JSON in lines.
bool says_lines(const io::HttpResponse& answer) {
  const auto type = answer.header("content-type");
  return type && (type->find("ndjson") != std::string_view::npos ||
                  type->find("jsonl") != std::string_view::npos ||
                  type->find("json-lines") != std::string_view::npos);
}

}  // namespace

Status PolledFeed::pass(const std::stop_token& stop) {
  asked_pause_.reset();
  auto done = walks() ? pass_walking(stop) : pass_from_start(stop);
  has_succeeded_ = has_succeeded_ || done.has_value();
  return done;
}

bool PolledFeed::is_conditional(const Position& at) const {
  if (at.etag.empty() && at.modified.empty()) return false;
  // A page to which only its Link was added is unchanged to its server.
  if (settings_.paging.link) return false;
  // With several pages the first one says nothing about the others.
  return walks() || !settings_.paging.any();
}

io::HttpRequest PolledFeed::request_for(const Position& at) const {
  io::HttpRequest request = settings_.endpoint.request;
  const std::string url = request.url;
  if (!at.page.empty()) {
    request.named_url = url;
    request.url = with_secrets(at.page, url, request.is_url_secret);
  } else {
    const std::string& since = at.since.empty() ? settings_.since_start : at.since;
    if (!settings_.since_parameter.empty() && !since.empty()) {
      request.url = with_parameter(request.url, settings_.since_parameter, since);
    }
    if (!at.cursor.empty()) {
      request.url = with_parameter(request.url, settings_.paging.cursor_parameter, at.cursor);
    }
  }
  if (is_conditional(at)) {
    if (!at.etag.empty()) request.headers.push_back({"If-None-Match", Secret(at.etag)});
    if (!at.modified.empty()) request.headers.push_back({"If-Modified-Since", Secret(at.modified)});
  }
  request.limits.body_bytes_max = settings_.answer_bytes_max;
  return request;
}

Result<PolledFeed::Page> PolledFeed::fetch(const Position& at, const std::stop_token& stop) {
  const io::HttpRequest request = request_for(at);
  SLUICE_ASSIGN(io::HttpResponse answer, client_.send(request, stop));
  Page page;
  page.is_unchanged = answer.status == 304;
  if (page.is_unchanged) return page;
  if (!answer.is_success()) {
    asked_pause_ = busy_pause(answer, clock_.now());
    return client_.refusal(request, answer);
  }
  page.url = answer.shown_url;
  page.etag = std::string(answer.header("etag").value_or(""));
  page.modified = std::string(answer.header("last-modified").value_or(""));
  page.hash = hash_of(answer.body);
  const bool is_empty = answer.body.find_first_not_of(" \t\r\n") == std::string::npos;
  if (answer.status == 204 || (is_empty && settings_.answer != AnswerForm::kJson)) return page;
  if (answer.body.starts_with(kByteOrderMark)) answer.body.erase(0, kByteOrderMark.size());
  auto next = page_after(answer, settings_.paging, json_);
  if (!next && next.error().kind() != Kind::kData) return std::move(next).error();
  body_ = std::move(answer.body);
  if (!next) return unreadable(request, answer, next.error().message());
  page.next = *std::move(next);
  auto records = split(answer);
  if (!records) return unreadable(request, answer, records.error().message());
  page.records = *std::move(records);
  return page;
}

Result<std::vector<NewRecord>> PolledFeed::split(const io::HttpResponse& answer) {
  std::vector<NewRecord> records;
  std::string_view left = body_;
  if (settings_.answer == AnswerForm::kWhole) {
    records.push_back({left});
  } else if (settings_.answer == AnswerForm::kJson && !says_lines(answer)) {
    SLUICE_ASSIGN(const auto elements, json_.split(left, settings_.records));
    for (const std::string_view element : elements) records.push_back({element});
  } else {
    for (std::uint64_t line_number = 0; !left.empty(); ++line_number) {
      std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(left.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool is_blank = line.find_first_not_of(" \t") == std::string_view::npos;
      if (!is_blank && line_number >= settings_.skip_lines) records.push_back({line});
    }
  }
  return records;
}

/// An answer with a status of success that is not what was asked for: at the first poll the options
/// are wrong, later the server is.
Error PolledFeed::unreadable(const io::HttpRequest& request, const io::HttpResponse& answer,
                             std::string_view why) const {
  const auto type = answer.header("content-type");
  return {has_succeeded_ ? Kind::kTransient : Kind::kUser,
          request.method + " " + answer.shown_url + ": the answer cannot be taken apart: " +
              std::string(why) + "; content_type='" + shown_text(type.value_or("none")) +
              "' answer='" + shown_text(client_.hidden(request, body_), 200) +
              "'; is it the right URL, and are `answer`, `records` and `page` right?"};
}

Error PolledFeed::circle(const Position& at) const {
  const std::string page =
      settings_.endpoint.request.is_url_secret ? "***" : io::shown_url(at.page + at.cursor);
  return user_error("E_PAGES_IN_A_CIRCLE: the next page was asked for before in the same poll: " +
                    shown_text(page, 200) + "; is `page` right?");
}

/// Where an answer names another page.
void PolledFeed::move_to_next(Position& at, const std::string& next) const {
  at.taken = 0;
  at.etag.clear();
  at.modified.clear();
  if (settings_.paging.cursor.empty()) {
    at.page = without_secrets(next, settings_.endpoint.request.url,
                              settings_.endpoint.request.is_url_secret);
  } else {
    at.cursor = next;
  }
}

Status PolledFeed::pass_walking(const std::stop_token& stop) {
  std::set<std::pair<std::string, std::string>> asked;
  int empty_pages = 0;
  while (true) {
    const Position at = intake_.position();
    if (!asked.emplace(at.page, at.cursor).second) return circle(at);
    SLUICE_ASSIGN(const Page page, fetch(at, stop));
    if (page.is_unchanged) return {};
    SLUICE_ASSIGN(const Position moved, take_walking(page, at, stop));
    const bool is_last = moved.page == at.page && moved.cursor == at.cursor;
    if (is_last) return {};
    if (asked.size() == settings_.pages_max) {
      log_warn("http: " + page.url + ": " + std::to_string(settings_.pages_max) +
               " pages of one poll are read, and it goes on; is `page` right?");
      asked.clear();
    }
    SLUICE_TRY(rest_after_empty(empty_pages, page.records.size() <= at.taken, clock_, stop));
  }
}

/// Takes what has come to the page since it was asked for last. Where the feed goes on then.
Result<Position> PolledFeed::take_walking(const Page& page, const Position& at,
                                          const std::stop_token& stop) {
  if (page.records.size() < at.taken) {
    return user_error("E_PAGE_SHRANK: " + page.url + " had " + std::to_string(at.taken) +
                      " records and has " + std::to_string(page.records.size()) +
                      " now, so that it cannot be said which of them are new; name what makes a "
                      "record unique: `unique`");
  }
  Position moved = at;
  if (page.next) move_to_next(moved, *page.next);
  if (moved.page == at.page && moved.cursor == at.cursor) {
    moved = at;
    moved.taken = page.records.size();
    moved.etag = page.etag;
    moved.modified = page.modified;
  }
  const auto fresh = std::span(page.records).subspan(at.taken);
  moved.since = intake_.greatest_since(at.since, fresh);
  SLUICE_TRY(intake_.take(page.url, fresh, moved, stop));
  return moved;
}

Status PolledFeed::pass_from_start(const std::stop_token& stop) {
  const Position before = intake_.position();
  if (!settings_.is_unique) {
    SLUICE_ASSIGN(const Page page, fetch(before, stop));
    return page.is_unchanged || page.hash == before.body ? Status() : take_whole(page, stop);
  }
  intake_.begin_answer();
  std::set<std::string> asked;
  Position at = before;
  std::string greatest = before.since;
  int empty_pages = 0;
  while (asked.size() < settings_.pages_max) {
    if (!asked.insert(at.page + "\n" + at.cursor).second) return circle(at);
    SLUICE_ASSIGN(const Page page, fetch(at, stop));
    if (page.is_unchanged) return {};
    greatest = intake_.greatest_since(std::move(greatest), page.records);
    // Pages after this one may have records from before `greatest`.
    Position reached = before;
    if (!page.next) {
      reached.since = greatest;
      reached.etag = page.etag;
      reached.modified = page.modified;
    }
    SLUICE_TRY(intake_.take(page.url, page.records, reached, stop));
    if (!page.next) return {};
    move_to_next(at, *page.next);
    SLUICE_TRY(rest_after_empty(empty_pages, page.records.empty(), clock_, stop));
  }
  return user_error("E_TOO_MANY_PAGES: one poll has more than " +
                    std::to_string(settings_.pages_max) +
                    " pages, and those after them would never be read; ask for less by the URL or "
                    "`since`, or for more records a page");
}

/// An answer that counts as a whole.
Status PolledFeed::take_whole(const Page& page, const std::stop_token& stop) {
  Position reached = intake_.position();
  reached.etag = page.etag;
  reached.modified = page.modified;
  reached.body = page.hash;
  reached.since = intake_.greatest_since(reached.since, page.records);
  auto taken = intake_.take(page.url, page.records, reached, stop);
  return taken ? Status() : std::move(taken).error();
}

}  // namespace sluice::connectors::http
