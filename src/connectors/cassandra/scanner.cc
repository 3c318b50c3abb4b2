#include "connectors/cassandra/scanner.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/clock_wait.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread.h"
#include "connectors/cassandra/cql_number.h"
#include "connectors/cassandra/cql_value.h"

namespace sluice::connectors::cassandra {
namespace {

/// Stored in the inbox at once, of rows that are small.
constexpr std::size_t kBlockRows = 100'000;
constexpr std::chrono::milliseconds kRetryPause{1000};
/// Between 1582-10-15, where UUIDs count 100 ns from, and 1970.
constexpr std::int64_t kUuidEpochMs = 12'219'292'800'000;

/// Milliseconds since 1970 of a timestamp's or timeuuid's bytes.
std::int64_t millis_of(std::string_view bytes, bool is_uuid) {
  if (bytes.size() < 8) return 0;
  const auto first = big_endian<std::uint64_t>(bytes.data());
  if (!is_uuid) return static_cast<std::int64_t>(first);
  const std::uint64_t ticks =
      ((first & 0xfffU) << 48U) | ((first & 0xffff0000U) << 16U) | (first >> 32U);
  return static_cast<std::int64_t>(ticks / 10'000) - kUuidEpochMs;
}

}  // namespace

std::string progress_path(const std::string& folder) { return io::join_path(folder, "scan.json"); }

Scanner::Scanner(ScannerParts parts, ScanProgress progress)
    : parts_(std::move(parts)),
      progress_(std::move(progress)),
      given_(parts_.folder, parts_.settings.overlap_rows_max, parts_.files),
      visible_end_(progress_.records),
      thread_(start_thread(
          "cassandra", [this](const std::stop_token& stop) { run(stop); },
          [this](Error error) { set_problem(std::move(error)); })) {}

std::int64_t Scanner::visible_end() const {
  const std::lock_guard lock(mutex_);
  return visible_end_;
}

bool Scanner::has_ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool Scanner::is_scanning() const {
  const std::lock_guard lock(mutex_);
  return scanning_;
}

void Scanner::end_after(Micros moment) {
  const std::lock_guard lock(mutex_);
  ends_with_scan_from_ = moment;
  changed_.notify_all();
}

Status Scanner::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_ ? Status(problem_->clone()) : Status();
}

void Scanner::set_problem(Status problem) {
  const std::lock_guard lock(mutex_);
  problem_.reset();
  if (!problem) problem_ = std::move(problem).error();
}

void Scanner::run(const std::stop_token& stop) {
  bool loaded = false;
  while (!stop.stop_requested()) {
    Status done;
    if (!loaded && parts_.settings.every > 0) done = given_.load(progress_.records);
    if (done) {
      loaded = true;
      if (!wait_until_due(stop)) return;
      done = scan(stop);
    }
    if (stop.stop_requested()) return;
    const bool may_pass = done || done.error().kind() == Kind::kTransient;
    set_problem(std::move(done));
    if (!may_pass) return;
    if (problem()) continue;
    // The engine sees it, too, and decides how long to go on.
    parts_.clock.sleep_for(kRetryPause, stop);
  }
}

bool Scanner::wait_until_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!progress_.is_over()) return true;
    const bool is_last = parts_.settings.every == 0 ||
                         (ends_with_scan_from_ && progress_.started >= *ends_with_scan_from_);
    if (is_last) {
      scanning_ = false;
      ended_ = true;
      return false;
    }
    const Micros left = progress_.started + parts_.settings.every - parts_.clock.now();
    if (left <= 0 || ends_with_scan_from_) return true;
    scanning_ = false;
    const auto had = ends_with_scan_from_;
    wait_on(changed_, lock, std::chrono::milliseconds(left / 1000 + 1), stop, parts_.clock,
            [&] { return ends_with_scan_from_ != had; });
  }
  return false;
}

void Scanner::begin_scan() {
  const std::lock_guard lock(mutex_);
  scanning_ = true;
  if (!progress_.is_over() && progress_.scan > 0) return;  // goes on with the one before
  ++progress_.scan;
  progress_.plan = parts_.plan.fingerprint();
  progress_.read = parts_.settings.read();
  progress_.growing = parts_.settings.growing;
  progress_.started = std::max(parts_.clock.now(), ends_with_scan_from_.value_or(0));
  progress_.scan_high.reset();
  for (std::uint32_t range = 0; range < parts_.plan.ranges(); ++range) progress_.left[range] = "";
}

Status Scanner::scan(const std::stop_token& stop) {
  begin_scan();
  // Of a try that failed after it had read.
  SLUICE_TRY(store(stop));
  std::optional<std::int64_t> low;
  if (progress_.high) low = *progress_.high - parts_.settings.overlap / 1000;
  SLUICE_ASSIGN(const auto scan,
                parts_.cluster.scan(parts_.plan.request(progress_.left, low), stop));
  while (true) {
    SLUICE_ASSIGN(Page page, scan->next(kPageWait));
    if (stop.stop_requested()) return Error{Kind::kCancelled, "stopped"};
    if (page.ended) break;
    const bool is_idle = !page.found;
    if (page.found) SLUICE_TRY(take(std::move(page)));
    if (is_idle || pending_.bytes >= parts_.settings.block_bytes ||
        pending_.rows.size() >= kBlockRows) {
      SLUICE_TRY(store(stop));
    }
  }
  return store(stop);
}

Status Scanner::take(Page page) {
  const std::vector<std::size_t>& identity = parts_.plan.identity();
  std::vector<std::string_view> cells(identity.empty() ? 0 : parts_.plan.columns().size());
  const std::size_t before = pending_.rows.size();
  std::string key;
  for (const std::string_view row : page.rows) {
    if (!identity.empty()) {
      std::string_view rest = row;
      for (std::string_view& cell : cells) take_cell(rest, cell);
      const std::string_view grown = cells[identity.back()];
      if (grown.data() == nullptr) {
        if (!warned_of_null_) {
          log_warn("cassandra: rows whose '" + parts_.settings.growing +
                   "' is NULL are never given table=" + parts_.settings.subject());
        }
        warned_of_null_ = true;
        continue;
      }
      key.clear();
      for (const std::size_t column : identity) {
        append_big_endian(key, static_cast<std::uint32_t>(cells[column].size()));
        key += cells[column];
      }
      const std::int64_t value = millis_of(grown, parts_.plan.grows_by_uuid());
      if (!given_.add(key, value)) continue;
      // A time to come must not hide what is written until then.
      const std::int64_t bound = std::min(value, progress_.started / 1000);
      progress_.scan_high = std::max(progress_.scan_high.value_or(bound), bound);
    }
    pending_.rows.push_back(row);
  }
  // All of a page is held for one of its rows, and nothing of it for none.
  if (pending_.rows.size() > before) {
    for (const std::string_view row : page.rows) pending_.bytes += row.size();
    pending_.pages.push_back(std::move(page.bytes));
  }
  pending_.moved = true;
  if (page.is_last) {
    progress_.left.erase(page.range);
  } else {
    progress_.left[page.range] = std::move(page.position);
  }
  return {};
}

Status Scanner::store(const std::stop_token& stop) {
  if (!pending_.moved) return {};
  if (!pending_.rows.empty()) {
    SLUICE_TRY(parts_.inbox.append(pending_.rows, 0, stop));
    progress_.records += static_cast<std::int64_t>(pending_.rows.size());
    pending_.rows.clear();
  }
  pending_.bytes = 0;
  pending_.pages.clear();
  crash_point("cassandra.stored");
  const bool repeats = parts_.settings.every > 0;
  if (repeats) SLUICE_TRY(given_.store(progress_.records, low_of(progress_)));
  ScanProgress next = progress_;
  if (next.is_over() && next.scan_high) {
    next.high = std::max(next.high.value_or(*next.scan_high), *next.scan_high);
  }
  SLUICE_TRY(parts_.files.write_atomic(progress_path(parts_.folder), next.to_json()));
  crash_point("cassandra.noted");
  {
    const std::lock_guard lock(mutex_);
    progress_ = std::move(next);
    visible_end_ = progress_.records;
  }
  pending_.moved = false;
  if (!repeats || !progress_.is_over()) return {};
  return given_.compact(progress_.records, low_of(progress_));
}

/// Values before it are met by no scan that will come, nor by the rest of this one.
std::int64_t Scanner::low_of(const ScanProgress& progress) const {
  const std::int64_t overlap = parts_.settings.overlap / 1000;
  // The running scan looks back from the high of the one before; only its first has none.
  const std::optional<std::int64_t> from = progress.is_over() || !progress.high
                                               ? std::max(progress.high, progress.scan_high)
                                               : progress.high;
  return from ? *from - overlap : std::numeric_limits<std::int64_t>::min();
}

}  // namespace sluice::connectors::cassandra
