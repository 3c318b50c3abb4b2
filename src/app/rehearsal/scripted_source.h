#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/rehearsal/given_records.h"
#include "base/clock.h"
#include "connector/source.h"
#include "engine/batch_part.h"

namespace sluice::app {

/// A batch of the engine in the life of a test.
struct Moment {
  std::size_t batch = 0;  ///< of the test
  std::size_t part = 0;   ///< of it, if it is cut
  Micros start = 0;
  engine::BatchPart kind = engine::BatchPart::kWhole;
};

/// Which batch of a test is in hand, for its sources and as the clock of its engine, whose thread
/// alone calls it. Sleeping takes no time.
class Script final : public Clock {
 public:
  /// All batches, at least one, of which `first` is the next one; the end is asked of `stop`, which
  /// outlives this.
  Script(std::vector<Moment> moments, std::stop_source& stop, std::size_t first = 0)
      : moments_(std::move(moments)), stop_(stop), at_(first) {}

  std::size_t at() const { return at_; }
  const Moment& moment() const { return moments_[at_]; }
  /// The batch is done, or nothing came of it.
  void advance() {
    if (is_dead_) return;
    if (at_ + 1 < moments_.size()) {
      ++at_;
    } else {
      stop_.request_stop();
    }
  }

  /// The engine is as good as killed: nothing that it does from now on reaches the outside.
  void kill() {
    is_dead_ = true;
    stop_.request_stop();
  }
  bool is_dead() const { return is_dead_; }
  /// An error once the engine is dead: what it calls outside does nothing.
  Status check_alive() const {
    return is_dead_ ? Status(internal_error("the rehearsal has killed this run")) : Status();
  }

  Micros now() const override { return moment().start; }
  std::chrono::nanoseconds steady() const override { return clock_.steady(); }
  bool sleep_until(std::chrono::nanoseconds /*deadline*/, std::stop_token /*stop*/) const override {
    return true;
  }

 private:
  const std::vector<Moment> moments_;
  std::stop_source& stop_;
  std::size_t at_;
  bool is_dead_ = false;
  SystemClock clock_;
};

/// A source of a test: each batch gets the records that the test has for it, and no others.
class ScriptedSource final : public connector::Source {
 public:
  /// Records by moment of the script; without a script: a table, which has those of the first.
  /// `records` are given later, before open(). Columns are those of `maker`'s, set before then,
  /// too.
  ScriptedSource(data::Schema own, bool has_payload, Script* script)
      : own_(std::move(own)), has_payload_(has_payload), script_(script) {}

  void give(std::vector<std::vector<GivenRecord>> records, const formats::JsonDecoder& own);

  /// The moment has records of it.
  bool has_records(std::size_t moment) const;
  /// The checkpoint that the run goes on from has them all, and those before.
  bool was_read(std::size_t moment) const { return resumed_ >= ends_[moment]; }

  const data::Schema& schema() const override { return own_; }
  bool has_payload() const override { return has_payload_; }
  Status open(std::stop_token /*stop*/) override { return {}; }
  Result<data::Offset> initial() override { return offset(0); }
  Result<connector::Resumed> resume(const connector::Remembered& past) override;
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
  std::vector<std::size_t> ends_;  // by moment: the records that have come by then
  std::size_t resumed_ = 0;        // records before the one that the run goes on from
  const formats::JsonDecoder* decoder_ = nullptr;
};

}  // namespace sluice::app
