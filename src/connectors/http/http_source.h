#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connector/inbox.h"
#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/http/feed.h"
#include "connectors/http/fetched_record.h"
#include "connectors/http/fetcher.h"
#include "connectors/http/intake.h"
#include "connectors/http/seen_records.h"

namespace sluice::connectors::http {

struct HttpSourceOptions {
  FeedSettings feed;
  bool is_stream = false;
  IntakeOptions intake;
  std::uint64_t buffer_bytes = 256 << 20;  ///< of the inbox
};

/// The records of an HTTP endpoint. It gives nothing twice in the same way, so a thread writes what
/// it fetches into an inbox (connector::Inbox), each answer together with the place at which the
/// feed goes on, and batches read that. An offset has both, too: records that are in no inbox any
/// more, because the checkpoint was restored, are fetched again.
class HttpSource final : public connector::Source {
 public:
  HttpSource(HttpSourceOptions options, const connector::Context& context);

  const data::Schema& schema() const override { return fetched_columns(); }
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override;
  Result<data::Offset> initial() override;
  Result<connector::Resumed> resume(const connector::Remembered& past) override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Status freeze_now() override;
  connector::Ending ending(const data::Offset& from) const override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override;
  Result<connector::Lag> lag(const data::Offset& from) override;
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  Status start_fetching(const data::Offset& from);
  /// Where the feed goes on after `records` of an answer that was asked for at `began`, the last of
  /// which lies before `place`.
  Result<Position> position_inside(Position began, std::int64_t records,
                                   const data::Offset& place) const;
  /// An offset of the inbox, with where the feed goes on after it.
  Result<data::Offset> offset_at(const data::Offset& place, const data::Offset& from) const;

  const HttpSourceOptions options_;
  const connector::Context context_;
  const std::string feed_;   // its name, for people
  const std::string place_;  // and in offsets: with what its query says
  connector::Inbox inbox_;
  SeenRecords seen_;
  Fetcher* reporter_ = nullptr;  // fetcher_, once it is there
  Intake intake_;
  std::optional<data::Offset> frozen_end_;
  bool one_pass_ = false;
  std::unique_ptr<Fetcher> fetcher_;  // last: its thread uses the others; from the first latest()
};

/// The kind `http`.
connector::SourceKind http_source_kind();

}  // namespace sluice::connectors::http
