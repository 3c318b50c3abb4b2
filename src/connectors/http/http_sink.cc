#include "connectors/http/http_sink.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/percent_text.h"

namespace sluice::connectors::http {
namespace {

/// How long publish() waits at most where the receiver asks for a pause: nothing wakes it. The
/// engine's own pauses come after it.
constexpr std::chrono::milliseconds kAskedPauseMax{10'000};

}  // namespace

Status HttpSink::check(const data::Schema& schema, connector::OutputMode /*mode*/) const {
  // What the format says of the columns; the time zone does not matter.
  SLUICE_ASSIGN(const auto encoder,
                options_.value.make_encoder(connector::chunk_schema(schema), TimeZone()));
  static_cast<void>(encoder);
  return {};
}

Status HttpSink::probe(const data::Schema& /*schema*/, connector::OutputMode /*mode*/,
                       connector::Probe& probe) {
  SLUICE_TRY(probe.step("connect",
                        [&] { return client_.reach(options_.endpoint.request, probe.stop()); }));
  probe.skip("not tried: what the receiver says to a request");
  return {};
}

Status HttpSink::open(const data::Schema& /*schema*/, connector::OutputMode /*mode*/) {
  return client_.reach(options_.endpoint.request, {});
}

Result<connector::Staged> HttpSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  SLUICE_ASSIGN(const auto encoder,
                options_.value.make_encoder(connector::chunk_schema(rows.schema()), rows.zone()));
  SLUICE_TRY(encoder->prepare());
  StagedBodies bodies(options_.bodies);
  std::string row_text;
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      row_text.clear();
      // What has no bytes (raw's NULL) is an empty row.
      auto written = encoder->append(chunk.columns, row, row_text);
      if (!written) return written;
      SLUICE_TRY(bodies.add(row_text));
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks({}, add));
  SLUICE_TRY(bodies.store(batch, *staged_));
  connector::Staged staged;
  staged.batch = batch;
  staged.action = "{}";
  staged.rows = bodies.rows();
  staged.bytes = bodies.bytes();
  return staged;
}

Status HttpSink::publish(const connector::Staged& staged) {
  if (taken_.plan_hash != staged.plan_hash) taken_ = {staged.plan_hash, 0};
  std::uint64_t part = 0;
  const auto send_body = [&](std::string_view body) -> Status {
    // Those before were taken by a try that failed at a later one.
    if (part++ < taken_.parts) return {};
    SLUICE_TRY(send(body, staged, part - 1));
    taken_.parts = part;
    return {};
  };
  return staged_->read(staged.batch,
                       [&](std::string_view piece) { return each_body(piece, send_body); });
}

Status HttpSink::send(std::string_view body, const connector::Staged& staged, std::uint64_t part) {
  io::HttpRequest request = options_.endpoint.request;
  request.body = body;
  if (!options_.key_header.empty()) {
    // The hash is of the batch's plan: a new checkpoint counts its batches from 0 again.
    request.headers.push_back(
        {options_.key_header,
         Secret(percent_encoded_path(context_.pipeline + "/" + context_.name + "/" +
                                     std::to_string(staged.batch) + "/" + std::to_string(part) +
                                     "/" + staged.plan_hash)),
         /*is_harmless=*/true});
  }
  crash_point("http.send");
  auto answer = client_.send(request, {});
  crash_point("http.sent");
  const std::string where =
      "batch " + std::to_string(staged.batch) + " request " + std::to_string(part);
  if (!answer) return std::move(answer).error().with(where);
  if (answer->is_success()) return {};
  Error error = client_.refusal(request, *answer);
  if (const auto pause = answer->retry_after(context_.clock.now());
      pause && error.kind() == Kind::kTransient) {
    context_.clock.sleep_for(std::min(*pause, kAskedPauseMax), {});
  }
  return std::move(error).with(where);
}

}  // namespace sluice::connectors::http
