#pragma once

#include <functional>
#include <utility>

#include "connector/sink.h"

namespace sluice::app {

/// A sink that hands each batch's rows to a function and writes nothing. The function is called
/// again for a batch that is made again.
class RowsSink final : public connector::Sink {
 public:
  /// Gives the number of rows.
  using Take = std::function<Result<std::uint64_t>(data::BatchId, connector::BatchTable&)>;
  /// What `take` refers to outlives the sink.
  explicit RowsSink(Take take) : take_(std::move(take)) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 private:
  const Take take_;
};

}  // namespace sluice::app
