#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/http/endpoint.h"
#include "connectors/http/staged_bodies.h"
#include "formats/value_option.h"
#include "io/http_client.h"

namespace sluice::connectors::http {

struct HttpSinkOptions {
  Endpoint endpoint;
  formats::ValueFormat value;
  BodyLimits bodies;
  std::string key_header;  ///< "": none is sent
};

/// Rows as requests to a URL. A batch is staged in the checkpoint as the bodies that are sent, each
/// with a key that stays the same whenever it is sent again: a receiver that knows its keys takes
/// each body once, any other one at least once. A body that the receiver refuses stops the
/// pipeline; the batch stays in the checkpoint.
class HttpSink final : public connector::Sink {
 public:
  HttpSink(HttpSinkOptions options, const connector::Context& context)
      : options_(std::move(options)), context_(context), client_(options_.endpoint.settings) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  void keep_in(connector::StagedBytes& bytes) override { staged_ = &bytes; }
  Status probe(const data::Schema& schema, connector::OutputMode mode,
               connector::Probe& probe) override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override {
    return std::optional<connector::Head>();
  }
  Status discard_staged() override { return {}; }

 private:
  Status send(std::string_view body, const connector::Staged& staged, std::uint64_t part);

  const HttpSinkOptions options_;
  const connector::Context context_;
  connector::StagedBytes* staged_ = nullptr;
  io::HttpClient client_;
  /// How many bodies of the batch with this hash the receiver has taken in this process.
  struct Taken {
    std::string plan_hash;
    std::uint64_t parts = 0;
  };
  Taken taken_;
};

/// The kind `http`.
connector::SinkKind http_sink_kind();

}  // namespace sluice::connectors::http
