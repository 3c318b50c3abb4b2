#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "connector/sink.h"
#include "connector/source.h"
#include "sluice/progress.h"
#include "support/shown_rows.h"

namespace sluice::engine {

/// Numbers from..to-1 as the column n: a source for the engine's own tests.
class NumberBatch final : public data::RecordBatch {
 public:
  NumberBatch(std::int64_t from, std::int64_t to) : from_(from), to_(to) {}
  std::size_t size() const override { return static_cast<std::size_t>(to_ - from_); }
  std::span<const data::Payload> payloads() const override { return {}; }
  void write_column(std::size_t, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) out.as<std::int64_t>()[i] = from_ + rows[i];
  }
  data::RecordOrigin origin(std::size_t) const override { return {}; }
  std::size_t bytes() const override { return 0; }

 private:
  std::int64_t from_;
  std::int64_t to_;
};

/// The next of the errors that a call is to meet; none left: success.
inline Status take_error(std::deque<Error>& errors) {
  if (errors.empty()) return {};
  Error error = std::move(errors.front());
  errors.pop_front();
  return error;
}

/// Counts to `end`; a call first takes an error out of its queue, if there is one.
class NumberSource final : public connector::Source {
 public:
  explicit NumberSource(std::int64_t end) : end_(end) {}

  const data::Schema& schema() const override { return schema_; }
  bool has_payload() const override { return false; }
  Status open(std::stop_token) override { return take_error(open_errors); }
  Result<data::Offset> initial() override {
    SLUICE_TRY(take_error(initial_errors));
    return data::Offset{std::to_string(start)};
  }
  bool is_slow() const override { return slow; }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override {
    const Call call(*this);
    const std::int64_t at = std::stoll(from.json);
    asked = at;
    at_hand = limit.at_hand;
    if (nothing_yet > 0) {
      --nothing_yet;
      return from;
    }
    const std::int64_t step = std::min(limit.records, frozen_end_.value_or(end_) - at);
    return data::Offset{std::to_string(at + step)};
  }
  Status freeze() override {
    SLUICE_TRY(take_error(freeze_errors));
    frozen_end_ = end_;
    end_ += grows_after_freeze;
    return {};
  }
  Status end_at(const connector::Remembered& place) override {
    frozen_end_ = std::stoll(place.offset.json);
    return {};
  }
  connector::Ending ending(const data::Offset& from) const override {
    if (!ends) return connector::Ending::kNever;
    if (ends_late) return connector::Ending::kPending;
    return from.json == std::to_string(end_) ? connector::Ending::kEnded
                                             : connector::Ending::kPending;
  }
  Result<connector::Resumed> resume(const connector::Remembered& past) override {
    SLUICE_TRY(take_error(resume_errors));
    remembered = past;
    return connector::Resumed{past.offset, added_at_resume};
  }
  Result<std::string> log_entry(const data::Offset& from, const data::Offset& to) override {
    return from.json + "-" + to.json + ";";
  }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token) override {
    const Call call(*this);
    SLUICE_TRY(take_error(read_errors));
    return std::unique_ptr<data::RecordBatch>(
        std::make_unique<NumberBatch>(std::stoll(from.json), std::stoll(to.json)));
  }
  void release(const data::Offset& offset) override {
    const Call call(*this);
    released = offset.json;
  }
  Result<connector::Lag> lag(const data::Offset& from) override {
    const Call call(*this);
    return connector::Lag{end_ - std::stoll(from.json)};
  }

  std::int64_t start = 0;
  bool ends = false;       ///< by itself, with its last number
  bool ends_late = false;  ///< not before the run is over
  bool slow = false;
  std::atomic<std::int64_t> asked = -1;  ///< what latest() was last asked to go on from
  std::atomic<bool> met_two_at_a_time = false;
  std::atomic<bool> at_hand = false;  ///< what latest() was last asked: whether that is enough
  std::int64_t grows_after_freeze = 0;
  int nothing_yet = 0;  ///< calls of latest() that find nothing
  std::deque<Error> open_errors;
  std::deque<Error> initial_errors;
  std::deque<Error> read_errors;
  std::deque<Error> resume_errors;
  std::deque<Error> freeze_errors;
  std::string released;
  std::string added_at_resume;
  std::optional<connector::Remembered> remembered;  ///< what resume() was given

 private:
  /// One of those that are never to be two.
  class Call {
   public:
    explicit Call(NumberSource& source) : source_(source) {
      if (source_.calls_++ > 0) source_.met_two_at_a_time = true;
    }
    ~Call() { --source_.calls_; }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    NumberSource& source_;
  };

  std::atomic<int> calls_ = 0;
  std::int64_t end_;
  std::optional<std::int64_t> frozen_end_;
  data::Schema schema_{{{"n", data::TypeId::kBigint}}};
};

/// What a CollectingSink holds; outlives the sink, as a real target does.
struct Target {
  std::optional<connector::Head> head;
  std::vector<std::string> rows;
  int discards = 0;
  std::int64_t epoch = 0;          ///< the newest that was claimed
  std::vector<std::string> calls;  ///< of sinks that claim: claim, stage, check_claim ...
};

/// Keeps first columns as text. Errors in the queues come first; with `publish_first` the rows are
/// published all the same: an answer that got lost on the way.
class CollectingSink final : public connector::Sink {
 public:
  explicit CollectingSink(Target& target) : target_(target) {}

  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known) override {
    mark_ = writer.mark;
    known_ = known;
  }
  Result<std::optional<connector::Claim>> claim() override {
    if (!claims) return std::optional<connector::Claim>();
    note("claim");
    const bool is_new = !known_ || known_->epoch != target_.epoch || known_->mark != mark_;
    if (is_new) ++target_.epoch;
    return std::optional(connector::Claim{target_.epoch, is_new, false});
  }
  Status check_claim(const connector::Staged* /*next*/) override {
    note("check_claim");
    return take_error(claim_errors);
  }

  Status check(const data::Schema&, connector::OutputMode) const override { return {}; }
  Status open(const data::Schema&, connector::OutputMode) override {
    return take_error(open_errors);
  }
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override {
    note("stage");
    if (on_stage) on_stage();
    SLUICE_TRY(take_error(stage_errors));
    connector::Staged staged;
    staged.batch = batch;
    SLUICE_ASSIGN(const auto shown, connector::shown_rows(rows));
    for (const auto& row : shown) staged.action += row[0].value_or("NULL") + "\n";
    staged.rows = shown.size();
    return staged;
  }
  Status publish(const connector::Staged& staged) override {
    note("publish");
    if (on_publish) on_publish();
    const bool fails = !publish_errors.empty();
    if (!fails || publish_first) {
      for (std::size_t at = 0, end = 0; at < staged.action.size(); at = end + 1) {
        end = staged.action.find('\n', at);
        target_.rows.push_back(staged.action.substr(at, end - at));
      }
      target_.head = connector::Head{staged.batch, staged.plan_hash};
    }
    return take_error(publish_errors);
  }
  Result<std::optional<connector::Head>> head() override {
    SLUICE_TRY(take_error(head_errors));
    return target_.head;
  }
  Status discard_staged() override {
    note("discard_staged");
    SLUICE_TRY(take_error(discard_errors));
    ++target_.discards;
    return {};
  }

  std::function<void()> on_stage;    ///< comes first
  std::function<void()> on_publish;  ///< comes first
  std::deque<Error> open_errors;
  std::deque<Error> head_errors;
  std::deque<Error> discard_errors;
  std::deque<Error> stage_errors;
  std::deque<Error> publish_errors;
  std::deque<Error> claim_errors;
  bool publish_first = false;
  bool claims = false;

 private:
  void note(const char* call) {
    if (claims) target_.calls.emplace_back(call);
  }

  Target& target_;
  std::string mark_;
  std::optional<connector::KnownClaim> known_;
};

/// Remembers what it was given.
class RecordingListener final : public RunListener {
 public:
  void on_start(data::BatchId next_batch, int redone) override {
    first_batch = next_batch;
    redone_entries = redone;
  }
  void on_batch(const BatchProgress& progress) override { batches.push_back(progress); }
  bool wants_row_counts() override { return counts_rows; }
  void on_retry(const std::string& what, int, std::int64_t) override {
    retries.push_back(what);
    if (stop_at_retry) stop_at_retry->request_stop();
  }

  data::BatchId first_batch = -1;
  int redone_entries = -1;
  std::vector<BatchProgress> batches;
  std::vector<std::string> retries;
  std::stop_source* stop_at_retry = nullptr;  ///< not owned; null: none
  bool counts_rows = false;
};

/// Never moves; sleeping takes no time.
class StillClock final : public Clock {
 public:
  Micros now() const override { return 1'700'000'000'000'000; }
  std::chrono::nanoseconds steady() const override { return std::chrono::seconds(1); }
  bool sleep_until(std::chrono::nanoseconds, std::stop_token) const override { return true; }
};

/// Asks for something at certain moments of the run, on the engine's thread.
class AskingListener final : public RunListener {
 public:
  void on_start(data::BatchId, int) override {}
  void on_retry(const std::string&, int, std::int64_t) override {}
  void on_batch(const BatchProgress&) override {
    ++batches;
    if (after_batch) after_batch();
  }
  void on_hold(bool held) override {
    holds.push_back(held);
    if (held && when_held) when_held();
  }

  int batches = 0;
  std::vector<bool> holds;
  std::function<void()> after_batch;
  std::function<void()> when_held;
};

}  // namespace sluice::engine
