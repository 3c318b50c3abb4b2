#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/rehearsal/given_records.h"
#include "base/clock.h"
#include "connector/source.h"

namespace sluice::app {

/// Which batch of a test is in hand, for its sources and as the clock of its engine, whose thread
/// alone calls it. Sleeping takes no time.
class Script final : public Clock {
 public:
  /// When each batch begins, at least one; the end is asked of `stop`, which outlives this.
  Script(std::vector<Micros> starts, std::stop_source& stop)
      : starts_(std::move(starts)), stop_(stop) {}

  std::size_t step() const { return step_; }
  /// The batch is done, or nothing came of it.
  void advance() {
    if (step_ + 1 < starts_.size()) {
      ++step_;
    } else {
      stop_.request_stop();
    }
  }

  Micros now() const override { return starts_[step_]; }
  std::chrono::nanoseconds steady() const override { return clock_.steady(); }
  bool sleep_until(std::chrono::nanoseconds /*deadline*/, std::stop_token /*stop*/) const override {
    return true;
  }

 private:
  const std::vector<Micros> starts_;
  std::stop_source& stop_;
  std::size_t step_ = 0;
  SystemClock clock_;
};

/// A source of a test: each batch gets the records that the test has for it, and no others.
class ScriptedSource final : public connector::Source {
 public:
  /// Records by batch; without a script: a table, which has those of the first. `records` are
  /// given later, before open(). Columns are those of `maker`'s, set before then, too.
  ScriptedSource(data::Schema own, bool has_payload, Script* script)
      : own_(std::move(own)), has_payload_(has_payload), script_(script) {}

  void give(std::vector<std::vector<GivenRecord>> records, const formats::JsonDecoder& own);

  const data::Schema& schema() const override { return own_; }
  bool has_payload() const override { return has_payload_; }
  Status open(std::stop_token /*stop*/) override { return {}; }
  Result<data::Offset> initial() override { return offset(0); }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override { return {}; }
  connector::Ending ending(const data::Offset& from) const override;
  bool can_reread() const override { return true; }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& /*offset*/) override {}
  Result<connector::Lag> lag(const data::Offset& /*from*/) override { return connector::Lag(); }
  /// Nothing has come of the batch in hand.
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  static data::Offset offset(std::size_t records) { return {std::to_string(records)}; }

  const data::Schema own_;
  const bool has_payload_;
  Script* const script_;  // not owned; null: of a table
  std::vector<GivenRecord> records_;
  std::vector<std::size_t> ends_;  // by batch: the records that have come by then
  const formats::JsonDecoder* decoder_ = nullptr;
};

}  // namespace sluice::app
