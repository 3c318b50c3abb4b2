#pragma once

#include <limits>
#include <memory>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/generator/generator.h"

namespace sluice::connectors {

struct GeneratorOptions {
  static constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max();

  std::int64_t rows = kEndless;
  double rows_per_second = 0;  ///< 0: as fast as batches go
};

/// A Generator as a source: own columns only. An offset is the number of rows before it and, where
/// rows come by the clock, the wall-clock time of row 0: {"row": 120, "start": 1700000000000000}.
/// As in Spark's rate source, the rows of a pause come after it.
class GeneratorSource final : public connector::Source {
 public:
  GeneratorSource(std::shared_ptr<const Generator> generator, GeneratorOptions options,
                  const Clock& clock);

  const data::Schema& schema() const override { return generator_->schema(); }
  bool has_payload() const override { return false; }
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override {
    probe.skip("nothing to connect to");
    return {};
  }
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  /// kUser for rows without end: available_now would never be done.
  Status freeze() override;
  Status end_at(const connector::Remembered& place) override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override;
  Result<connector::Lag> lag(const data::Offset& from) override;
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  struct Position {
    std::int64_t row = 0;
    Micros start = 0;
  };

  static Result<Position> parse(const data::Offset& offset);
  static data::Offset make_offset(const Position& position);
  /// Rows there are by now.
  std::int64_t end(Micros start) const;

  std::shared_ptr<const Generator> generator_;
  const GeneratorOptions options_;
  const Clock& clock_;
  std::optional<Micros> frozen_at_;
  std::optional<Position> end_;  // of a run that reads again what another has read
};

/// The kind `generator` for the registry.
connector::SourceKind generator_source_kind();

}  // namespace sluice::connectors
