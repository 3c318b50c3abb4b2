#include "connectors/cassandra/cassandra_source.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/shown_text.h"

namespace sluice::connectors::cassandra {
namespace {

using connector::Ending;
using connector::Inbox;

/// How long latest() waits for rows that are on their way into the inbox: when a run begins, and
/// later, when other sources may have rows; and how often it looks.
constexpr std::chrono::milliseconds kFirstRows{1000};
constexpr std::chrono::milliseconds kOnTheirWay{50};
constexpr std::chrono::milliseconds kSlice{10};

/// Of a query, in a message.
constexpr std::size_t kShownBytes = 300;

data::Offset offset_of(std::int64_t record) {
  return {"{\"record\":" + std::to_string(record) + "}"};
}

}  // namespace

CassandraSource::CassandraSource(ScanSettings settings, std::uint64_t buffer_bytes,
                                 const connector::Context& context)
    : settings_(std::move(settings)),
      folder_(context.folder),
      former_folder_(context.former_folder),
      clock_(context.clock),
      files_(context.files),
      inbox_({context.folder, settings_.subject(), buffer_bytes}, context.files) {}

Status CassandraSource::connect(std::stop_token stop) {
  if (!cluster_) {
    SLUICE_ASSIGN(cluster_, Cluster::connect(settings_.cluster, stop));
  }
  if (!plan_) {
    SLUICE_ASSIGN(plan_, ScanPlan::make(settings_, *cluster_, stop));
  }
  return {};
}

Result<std::unique_ptr<data::Decoder>> CassandraSource::decoder() {
  SLUICE_TRY(connect({}));
  return {std::make_unique<CqlDecoder>(plan_->columns(), settings_.null_bad_fields)};
}

Status CassandraSource::open(std::stop_token stop) {
  SLUICE_TRY(connect(stop));
  if (!former_folder_.empty()) {
    SLUICE_ASSIGN(const auto former, files_.find(former_folder_));
    SLUICE_ASSIGN(const auto own, files_.find(folder_));
    if (former && !own) SLUICE_TRY(files_.rename(former_folder_, folder_));
  }
  SLUICE_TRY(inbox_.open());
  SLUICE_ASSIGN(auto progress, ScanProgress::load(files_, progress_path(folder_)));
  progress_ = std::move(progress).value_or(ScanProgress());
  SLUICE_TRY(check_past());
  return inbox_.drop_from(progress_->records);
}

Status CassandraSource::probe(connector::Probe& probe) {
  return probe_scan(settings_, cluster_, plan_, probe);
}

Status CassandraSource::check_past() const {
  if (progress_->scan == 0) return {};
  constexpr const char* kOther =
      "; undo the change, give the source another name, or start over with a new checkpoint";
  if (!progress_->read.empty() && progress_->read != settings_.read()) {
    return user_error("E_TABLE_CHANGED: the checkpoint has read " +
                      shown_text(progress_->read, kShownBytes) + ", and the options name " +
                      shown_text(settings_.read(), kShownBytes) + " now" + kOther);
  }
  if (progress_->growing && *progress_->growing != settings_.growing) {
    const auto how = [](const std::string& growing) {
      return growing.empty() ? std::string("without 'every'") : "by 'growing: " + growing + "'";
    };
    return user_error("E_TABLE_CHANGED: the checkpoint has read the table " +
                      how(*progress_->growing) + ", and the options read it " +
                      how(settings_.growing) + " now: rows would come again, or be left out" +
                      kOther + "; source=" + settings_.subject());
  }
  return {};
}

Status CassandraSource::start_scanner(const data::Offset& from) {
  const data::Offset end = offset_of(progress_->records);
  SLUICE_ASSIGN(const std::int64_t left, Inbox::records_between(from, end));
  SLUICE_ASSIGN(const std::int64_t there, inbox_.records_after(from));
  if (left != there) {
    return corruption_error("cassandra: the rows up to " + std::to_string(progress_->records) +
                            " were read and the checkpoint is at " + from.json +
                            ", but the folder holds others folder=" + folder_ +
                            "; put it back from a copy, or start over with a new checkpoint");
  }
  const bool waits = left > 0 || !progress_->left.empty();
  if (waits && progress_->plan != plan_->fingerprint()) {
    return user_error(
        "cassandra: rows wait that were read with other columns or by another "
        "statement than now (" +
        progress_->plan +
        "); let them through first with the pipeline and the table as they were, or "
        "start over with a new checkpoint; source=" +
        settings_.subject());
  }
  const ScannerParts parts{settings_, *plan_, *cluster_, inbox_, files_, clock_, folder_};
  scanner_ = std::make_unique<Scanner>(parts, *progress_);
  if (frozen_at_) scanner_->end_after(*frozen_at_);
  return {};
}

Result<data::Offset> CassandraSource::visible(const data::Offset& from,
                                              const data::ReadLimit& limit) {
  std::int64_t end = scanner_->visible_end();
  if (drained_end_) end = std::min(end, *drained_end_);
  SLUICE_ASSIGN(const std::int64_t left, Inbox::records_between(from, offset_of(end)));
  if (left <= 0) return from;
  data::ReadLimit within = limit;
  within.records = std::min(limit.records, left);
  return inbox_.latest(from, within);
}

Result<data::Offset> CassandraSource::latest(const data::Offset& from,
                                             const data::ReadLimit& limit) {
  if (limit.all) {
    return user_error(
        "cassandra: what a scan will find is not known when its batch begins; use "
        "trigger: available_now instead of once");
  }
  if (!scanner_) {
    // What was published and removed is known to the checkpoint alone.
    SLUICE_TRY(inbox_.latest(from, limit));
    SLUICE_TRY(start_scanner(from));
  }
  SLUICE_ASSIGN(data::Offset to, visible(from, limit));
  if (to != from) return to;
  const SystemClock clock;
  const auto wait = std::exchange(has_waited_, true) ? kOnTheirWay : kFirstRows;
  for (auto waited = kSlice;
       waited <= wait && scanner_->is_scanning() && !drained_end_ && scanner_->problem();
       waited += kSlice) {
    clock.sleep_for(kSlice, {});
    SLUICE_ASSIGN(to, visible(from, limit));
    if (to != from) return to;
  }
  // Also what came before the scanner was looked at.
  SLUICE_ASSIGN(to, visible(from, limit));
  if (to != from) return to;
  SLUICE_TRY(scanner_->problem());
  return to;
}

Status CassandraSource::freeze() {
  if (settings_.every == 0) return {};
  frozen_at_ = clock_.now();
  if (scanner_) scanner_->end_after(*frozen_at_);
  return {};
}

Status CassandraSource::freeze_now() {
  drained_end_ = scanner_ ? scanner_->visible_end() : progress_->records;
  return {};
}

Ending CassandraSource::ending(const data::Offset& from) const {
  if (settings_.every > 0 && !frozen_at_) return Ending::kNever;
  if (!scanner_ || !scanner_->has_ended()) return Ending::kPending;
  const auto left = Inbox::records_between(from, offset_of(scanner_->visible_end()));
  return left && *left == 0 ? Ending::kEnded : Ending::kPending;
}

Result<std::unique_ptr<data::RecordBatch>> CassandraSource::read(const data::Offset& from,
                                                                 const data::Offset& to,
                                                                 std::stop_token /*stop*/) {
  return inbox_.read(from, to);
}

Result<connector::Lag> CassandraSource::lag(const data::Offset& from) {
  // How much a running scan will still find is not known.
  if (!scanner_ || scanner_->is_scanning()) return connector::Lag{};
  SLUICE_ASSIGN(const std::int64_t records,
                Inbox::records_between(from, offset_of(scanner_->visible_end())));
  return connector::Lag{std::max<std::int64_t>(records, 0)};
}

void CassandraSource::wait_for_data(const data::Offset& from, std::chrono::milliseconds wait,
                                    std::stop_token stop, const Clock& clock) {
  inbox_.wait_beyond(from, wait, stop, clock);
}

}  // namespace sluice::connectors::cassandra
