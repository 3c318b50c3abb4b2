#include "connectors/files/stdin_reader.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "connectors/files/record_splitter.h"

namespace sluice::connectors {
namespace {

/// Bytes that one append takes, about; a single longer line comes whole.
constexpr std::size_t kReadBytes = 1 << 20;
/// How long the thread sleeps before it looks for a request to stop.
constexpr int kPollMs = 200;
constexpr std::chrono::milliseconds kAppendPause{1000};

bool is_readable(int input, int wait_ms) {
  pollfd poll_for{input, POLLIN, 0};
  return ::poll(&poll_for, 1, wait_ms) > 0;
}

}  // namespace

StdinReader::StdinReader(int input, std::uint64_t record_bytes_max, connector::Inbox& inbox)
    : input_(input),
      record_bytes_max_(record_bytes_max),
      inbox_(inbox),
      thread_(start_thread(
          "stdin", [this](const std::stop_token& stop) { run(stop); },
          [this](Error error) { set_problem(std::move(error)); })) {}

bool StdinReader::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool StdinReader::is_at_work() const {
  // In this order: what the thread takes away between the two it has marked before.
  const bool readable = is_readable(input_, 0);
  const std::lock_guard lock(mutex_);
  return !ended_ && (readable || at_work_);
}

void StdinReader::set_at_work(bool at_work) {
  const std::lock_guard lock(mutex_);
  at_work_ = at_work;
}

Status StdinReader::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_ ? Status(problem_->clone()) : Status();
}

void StdinReader::set_problem(Status problem) {
  const std::lock_guard lock(mutex_);
  problem_.reset();
  if (!problem) problem_ = std::move(problem).error();
}

void StdinReader::run(const std::stop_token& stop) {
  bool more = true;
  while (more) {
    auto filled = fill(stop);
    if (stop.stop_requested()) return;
    if (!filled) return set_problem(std::move(filled).error());
    more = *filled;
    if (auto moved = move_lines(!more, stop); !moved) {
      if (moved.error().kind() != Kind::kCancelled) set_problem(std::move(moved));
      return;
    }
    set_at_work(false);
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

Result<bool> StdinReader::fill(const std::stop_token& stop) {
  const std::size_t before = unread_.size();
  while (!stop.stop_requested()) {
    const bool any = unread_.size() > before;
    // What is there now goes together; nothing waits for more.
    if (any && (unread_.size() - before >= kReadBytes || !is_readable(input_, 0))) return true;
    if (!any && !is_readable(input_, kPollMs)) continue;
    set_at_work(true);
    const std::size_t at = unread_.size();
    unread_.resize(at + kReadBytes / 8);
    const ssize_t bytes = ::read(input_, unread_.data() + at, unread_.size() - at);
    const int problem = errno;
    unread_.resize(at + static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
    if (bytes == 0) return false;
    if (bytes < 0 && problem != EINTR && problem != EAGAIN) {
      return user_error("cannot read standard input: " + std::generic_category().message(problem));
    }
  }
  return true;
}

Status StdinReader::move_lines(bool at_end, const std::stop_token& stop) {
  std::vector<std::string_view> records;
  const std::string_view text = unread_;
  std::size_t at = 0;
  bool too_long = false;
  while (at < text.size()) {
    const RecordEnd line = next_record(text.substr(at), at_end, {});
    if (!line.found) break;
    const std::string_view record = text.substr(at, line.bytes);
    too_long = record.size() > record_bytes_max_;
    if (too_long) break;
    ++lines_;
    at += line.next;
    if (is_blank(record, {})) {
      ++blank_lines_;
    } else {
      records.push_back(record);
    }
  }
  if (!records.empty()) SLUICE_TRY(append(records, stop));
  unread_.erase(0, at);
  // The lines before are stored: nobody can read them again.
  if (!too_long && unread_.size() <= record_bytes_max_ + 1) return {};  // perhaps a CR at its end
  return user_error("line " + std::to_string(lines_ + 1) +
                    " of standard input is longer than max_record_bytes=" +
                    std::to_string(record_bytes_max_) + "; raise it, or split the line");
}

Status StdinReader::append(const std::vector<std::string_view>& records,
                           const std::stop_token& stop) {
  const SystemClock clock;
  while (true) {
    auto done = inbox_.append(records, blank_lines_, stop);
    if (done) {
      blank_lines_ = 0;
      set_problem({});
      return done;
    }
    if (done.error().kind() != Kind::kTransient) return done;
    // The engine sees it, too, and decides how long to go on.
    set_problem(std::move(done));
    clock.sleep_for(kAppendPause, stop);
    if (stop.stop_requested()) return Error{Kind::kCancelled, "stopped"};
  }
}

}  // namespace sluice::connectors
