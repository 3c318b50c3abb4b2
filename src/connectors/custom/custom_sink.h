#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "connector/sink.h"
#include "formats/value_option.h"
#include "sluice/connector.h"

namespace sluice::connectors::custom {

/// A RecordSink of the program's as the engine writes to it: a batch is staged in the checkpoint,
/// each row as its format writes it, and given to the sink once it is committed.
class CustomSink final : public connector::Sink {
 public:
  CustomSink(std::unique_ptr<RecordSink> records, std::string kind, std::string name,
             formats::ValueFormat value, bool is_exactly_once)
      : records_(std::move(records)),
        kind_(std::move(kind)),
        name_(std::move(name)),
        value_(std::move(value)),
        is_exactly_once_(is_exactly_once) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  void keep_in(connector::StagedBytes& bytes) override { staged_ = &bytes; }
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  /// What is staged lies in the checkpoint, which takes it back itself.
  Status discard_staged() override { return {}; }

 private:
  const std::unique_ptr<RecordSink> records_;
  const std::string kind_;
  const std::string name_;  // of the sink in its pipeline
  const formats::ValueFormat value_;
  const bool is_exactly_once_;
  connector::OutputMode mode_ = connector::OutputMode::kAppend;
  connector::StagedBytes* staged_ = nullptr;
};

}  // namespace sluice::connectors::custom
