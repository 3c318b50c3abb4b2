#pragma once

#include <functional>
#include <utility>

#include "connector/sink.h"

namespace sluice::app {

/// A sink that publishes nothing and has no head.
class UnpublishedSink : public connector::Sink {
 public:
  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;
};

/// A sink that hands each batch's rows to a function and writes nothing. The function is called
/// again for a batch that is made again.
class RowsSink final : public UnpublishedSink {
 public:
  /// Gives the number of rows.
  using Take = std::function<Result<std::uint64_t>(data::BatchId, connector::BatchTable&)>;
  /// What `take` refers to outlives the sink.
  explicit RowsSink(Take take) : take_(std::move(take)) {}

  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;

 private:
  const Take take_;
};

}  // namespace sluice::app
