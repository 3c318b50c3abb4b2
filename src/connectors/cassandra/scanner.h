#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "connector/inbox.h"
#include "connectors/cassandra/given_rows.h"
#include "connectors/cassandra/scan_plan.h"
#include "connectors/cassandra/scan_progress.h"

namespace sluice::connectors::cassandra {

/// What a scanner works with; all of it outlives it.
struct ScannerParts {
  const ScanSettings& settings;
  const ScanPlan& plan;
  Cluster& cluster;
  connector::Inbox& inbox;
  io::FileSystem& files;
  const Clock& clock;
  std::string folder;  ///< of the inbox; its progress is kept beside the records
};

/// Where the progress of the scans into the inbox `folder` is kept.
std::string progress_path(const std::string& folder);

/// Moves rows from Cassandra into an inbox, on a thread of its own, from its making to its end. Any
/// thread may call.
///
/// First the rows become durable, then how far the scan is; only what both say is offered. So a
/// range is read on from the page after the last one that both know of, and no row comes twice.
class Scanner {
 public:
  /// `progress`: of the earlier process.
  Scanner(ScannerParts parts, ScanProgress progress);

  /// The number after the newest row that may be given to a batch.
  std::int64_t visible_end() const;
  /// No scan will follow: the only one is over, or the last one.
  bool has_ended() const;
  /// The first scan that begins at or after `moment` is the last one, and begins at once.
  void end_after(Micros moment);
  bool is_scanning() const;
  /// Why it does not go on: kUser for good, kTransient while it tries again.
  Status problem() const;

 private:
  /// Rows that are read and not yet stored.
  struct Pending {
    std::vector<std::string_view> rows;
    std::vector<std::shared_ptr<const void>> pages;  // own the rows' bytes
    std::size_t bytes = 0;                           // of the pages
    bool moved = false;                              // a range is further than is noted
  };

  void run(const std::stop_token& stop);
  /// Until a scan is due; false: none will be.
  bool wait_until_due(const std::stop_token& stop);
  void begin_scan();
  Status scan(const std::stop_token& stop);
  Status take(Page page);
  Status store(const std::stop_token& stop);
  std::int64_t low_of(const ScanProgress& progress) const;
  void set_problem(Status problem);

  const ScannerParts parts_;
  // Of the thread alone:
  ScanProgress progress_;
  Pending pending_;
  GivenRows given_;
  bool warned_of_null_ = false;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  std::int64_t visible_end_ = 0;
  std::optional<Micros> ends_with_scan_from_;
  bool scanning_ = true;
  bool ended_ = false;
  std::optional<Error> problem_;
  std::jthread thread_;  // last: it uses all others
};

}  // namespace sluice::connectors::cassandra
