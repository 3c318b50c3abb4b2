#include <algorithm>
#include <utility>

#include "connectors/http/http_sink.h"

namespace sluice::connectors::http {
namespace {

using connector::OutputMode;

std::vector<OptionSpec> body_options() {
  return {
      {.name = "method",
       .type = OptionType::kChoice,
       .text = "Of the requests.",
       .default_text = "POST",
       .choices = {"POST", "PUT", "PATCH"}},
      {.name = "body",
       .type = OptionType::kChoice,
       .text = "array: a JSON array of rows; lines: a row a line; row: one row a request.",
       .default_text = "array",
       .choices = {"array", "lines", "row"}},
      formats::value_option("How a row is written: json, or with body: lines or row also csv or "
                            "raw, with its options.",
                            "json"),
      {.name = "max_rows",
       .type = OptionType::kInteger,
       .text = "Rows in one request at most.",
       .default_text = "500",
       .minimum = 1},
      {.name = "max_bytes",
       .type = OptionType::kByteSize,
       .text = "Bytes of one request's body at most; one row always gets through.",
       .default_text = "1MiB",
       .minimum = 1},
      {.name = "idempotency_header",
       .text =
           "The header with the request's key, <pipeline>/<sink>/<batch>/<number>/<hash>, which "
           "is the same whenever the request is sent again. A receiver that leaves out keys "
           "it has seen gets each request once. \"\": none is sent.",
       .default_text = "Idempotency-Key"},
  };
}

const char* content_type(BodyForm form, const std::string& format) {
  if (format != "json") return format == "csv" ? "text/csv" : "application/octet-stream";
  return form == BodyForm::kLines ? "application/x-ndjson" : "application/json";
}

Result<std::unique_ptr<connector::Sink>> make_sink(const Options& options,
                                                   const connector::Context& context) {
  SLUICE_ASSIGN(auto value, formats::ValueFormat::read(options.value("value"), context.files));
  SLUICE_ASSIGN(auto endpoint, read_endpoint(options));
  BodyLimits bodies;
  const std::string& form = options.text("body");
  bodies.form = form == "array"   ? BodyForm::kArray
                : form == "lines" ? BodyForm::kLines
                                  : BodyForm::kRow;
  bodies.rows_max = static_cast<std::uint64_t>(options.integer("max_rows"));
  bodies.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  if (bodies.form == BodyForm::kArray && value.name() != "json") {
    return options.value("value").error("an array holds JSON; use body: lines or body: row for " +
                                        value.name());
  }
  if (bodies.form == BodyForm::kLines && (value.name() == "avro" || value.name() == "protobuf")) {
    return options.value("value").error("lines are of text; use body: row for " + value.name());
  }
  endpoint.request.method = options.text("method");
  const auto is_type = [](const io::HttpHeader& header) {
    return io::is_same_header(header.name, "content-type");
  };
  if (std::ranges::none_of(endpoint.request.headers, is_type)) {
    endpoint.request.headers.push_back(
        {"Content-Type", Secret(content_type(bodies.form, value.name()))});
  }
  HttpSinkOptions out{.endpoint = std::move(endpoint),
                      .value = std::move(value),
                      .bodies = bodies,
                      .key_header = options.text("idempotency_header")};
  return {std::make_unique<HttpSink>(std::move(out), context)};
}

}  // namespace

connector::SinkKind http_sink_kind() {
  connector::SinkKind kind;
  kind.name = "http";
  kind.text =
      "Sends rows to a URL, as JSON arrays or lines (a webhook). 408, 425, 429, 5xx and lost "
      "connections are tried again, each request under the same key; another refusal stops the "
      "pipeline with the receiver's words, and the batch is sent when it runs again. In mode "
      "complete the whole result is sent with each batch.";
  kind.options = endpoint_options();
  for (OptionSpec& spec : body_options()) kind.options.push_back(std::move(spec));
  kind.modes = {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete};
  kind.promise = connector::Promise::kAtLeastOnce;
  kind.make = make_sink;
  return kind;
}

}  // namespace sluice::connectors::http
