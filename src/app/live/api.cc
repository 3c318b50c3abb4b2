#include "app/live/api.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/live/alert_api.h"
#include "app/live/letters_api.h"
#include "app/live/pipeline_handler.h"
#include "app/live/sql_api.h"
#include "base/json.h"
#include "metrics/exposition.h"
#include "sluice/live.h"
#include "sluice/reference.h"

namespace sluice::app {
namespace {

using http::Request;
using http::Response;

Response json(const OrderedJson& body, int status = 200) {
  return Response::json(dump_json(body), status);
}

/// What a pipeline is asked to do: 200 with its state, 409 with the reason when it may not be asked
/// now.
http::Handler order(Host& host, Status (HostedPipeline::*ask)()) {
  return of_pipeline(host, [ask](HostedPipeline& pipeline, const Request&) -> Result<Response> {
    const Status done = (pipeline.*ask)();
    if (!done) {
      const bool refused = done.error().kind() == Kind::kUser;
      return refused ? http::error_response(409, done.error().message())
                     : http::error_response(done.error());
    }
    OrderedJson body;
    body["state"] = state_name(pipeline.snapshot().state);
    return json(body);
  });
}

OrderedJson config_json(const HostedPipeline& pipeline) {
  OrderedJson body;
  const PipelineDescription description = pipeline.describe();
  body["file"] = pipeline.snapshot().path;
  body["text"] = description.text;
  body["settings"] = OrderedJson::array();
  for (const SettingDescription& setting : description.settings) {
    OrderedJson one = {
        {"name", setting.name}, {"value", setting.value}, {"origin", setting.origin}};
    if (setting.line > 0) {
      one["line"] = setting.line;
      one["column"] = setting.column;
    }
    body["settings"].push_back(std::move(one));
  }
  return body;
}

/// Ready: every pipeline that was started has got as far as its first batch, and none has failed.
Result<Response> readiness(const Host& host) {
  OrderedJson waiting = OrderedJson::object();
  for (const HostedPipeline* pipeline : host.pipelines()) {
    const PipelineSnapshot snapshot = pipeline->snapshot();
    if (snapshot.state == PipelineState::kFailed) {
      waiting[snapshot.name] = "failed: " + (snapshot.error ? snapshot.error->message : "");
    } else if (snapshot.state == PipelineState::kStarting ||
               snapshot.state == PipelineState::kReady) {
      waiting[snapshot.name] = state_name(snapshot.state);
    }
  }
  OrderedJson body;
  body["status"] = waiting.empty() ? "ok" : "not ready";
  if (!waiting.empty()) body["pipelines"] = waiting;
  return json(body, waiting.empty() ? 200 : 503);
}

void add_health(http::Routes& routes, Host& host) {
  routes.add(
      "GET", "/healthz",
      [](const Request&) -> Result<Response> { return json({{"status", "ok"}}); },
      http::Pace::kQuick, http::Access::kOpen);
  routes.add(
      "GET", "/readyz", [&host](const Request&) { return readiness(host); }, http::Pace::kQuick,
      http::Access::kOpen);
}

void add_status(http::Routes& routes, Host& host, const Feed& feed) {
  const auto all = [&host, &feed] {
    OrderedJson pipelines = OrderedJson::array();
    for (const HostedPipeline* pipeline : host.pipelines()) {
      const PipelineSnapshot snapshot = pipeline->snapshot();
      pipelines.push_back(status_json(snapshot, feed.verdict(snapshot)));
    }
    return pipelines;
  };
  routes.add("GET", "/status", [&feed, all](const Request&) -> Result<Response> {
    OrderedJson body;
    body["version"] = version_text();
    body["run"] = feed.run();
    body["pipelines"] = all();
    return json(body);
  });
  routes.add("GET", "/api/pipelines",
             [all](const Request&) -> Result<Response> { return json(all()); });
  routes.add("GET", "/api/pipelines/{pipeline}",
             of_pipeline(host, [&feed](HostedPipeline& pipeline, const Request&) {
               const PipelineSnapshot snapshot = pipeline.snapshot();
               return Result<Response>(json(status_json(snapshot, feed.verdict(snapshot))));
             }));
  routes.add("GET", "/api/pipelines/{pipeline}/config",
             of_pipeline(host, [](HostedPipeline& pipeline, const Request&) {
               return Result<Response>(json(config_json(pipeline)));
             }));
}

/// {"to": "FOLDER"}, or {}.
std::optional<std::string> place_in(const std::string& text) {
  const Json body = parse_json(text);
  if (!body.is_object() || body.size() > 1) return std::nullopt;
  if (body.empty()) return "";
  if (!body.contains("to") || !body["to"].is_string()) return std::nullopt;
  std::string to = body["to"].get<std::string>();
  if (to.empty()) return std::nullopt;
  return to;
}

Result<Response> savepoint(HostedPipeline& pipeline, const Request& request) {
  const auto to = place_in(request.body);
  if (!to) {
    return http::error_response(400,
                                "a savepoint needs {}, or {\"to\": \"FOLDER\"}, a folder of the "
                                "machine on which the pipeline runs or of a store");
  }
  const auto made = pipeline.savepoint(*to, request.stop);
  if (!made) {
    const bool refused = made.error().kind() == Kind::kUser;
    return refused ? http::error_response(409, made.error().message())
                   : http::error_response(made.error());
  }
  OrderedJson body;
  body["batch"] = made->batch;
  body["folder"] = made->folder;
  body["number"] = made->number;
  body["bytes"] = made->bytes;
  body["restore"] = made->restore;
  return json(body);
}

void add_control(http::Routes& routes, Host& host) {
  const auto add = [&](const char* name, Status (HostedPipeline::*ask)(), http::Pace pace) {
    routes.add("POST", std::string("/api/pipelines/{pipeline}/") + name, order(host, ask), pace);
  };
  add("start", &HostedPipeline::start, http::Pace::kLong);
  add("pause", &HostedPipeline::pause, http::Pace::kQuick);
  add("resume", &HostedPipeline::resume, http::Pace::kQuick);
  add("trigger", &HostedPipeline::trigger, http::Pace::kQuick);
  add("drain", &HostedPipeline::drain, http::Pace::kQuick);
  add("stop", &HostedPipeline::stop, http::Pace::kQuick);
  add("reload", &HostedPipeline::reload, http::Pace::kLong);
  routes.add("POST", "/api/pipelines/{pipeline}/savepoint", of_pipeline(host, savepoint),
             http::Pace::kLong);
}

Result<Response> chart(HostedPipeline& pipeline, const Request& request) {
  const std::string name(request.parameter("chart"));
  if (request.query_value("format") == "csv") {
    auto csv = pipeline.chart_csv(name);
    if (!csv) return http::error_response(404, csv.error().message());
    Response response = Response::text(*std::move(csv), "text/csv; charset=utf-8");
    response.attachment = name + ".csv";
    return response;
  }
  auto news = pipeline.chart_news(name, 0);
  if (!news) return http::error_response(404, news.error().message());
  return Response::json(std::move(news->json));
}

/// The charts as one HTML file.
Result<Response> dashboard(const HostedPipeline& pipeline, const Request& request,
                           std::int64_t now_us) {
  const std::string tab(request.query_value("tab").value_or(""));
  auto page = saved_page({&pipeline}, tab, now_us);
  if (!page) {
    return page.error().kind() == Kind::kUser ? http::error_response(404, page.error().message())
                                              : http::error_response(page.error());
  }
  Response response = Response::text(*std::move(page), "text/html; charset=utf-8");
  response.attachment = (tab.empty() ? pipeline.name() : tab) + ".html";
  return response;
}

std::optional<http::StreamId> stream_id(std::string_view text) {
  http::StreamId id = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

/// {"stream": "7", "charts": [["orders", "power"], ...]}
Result<Response> watch(Feed& feed, const Request& request) {
  const Response malformed = http::error_response(
      400, "what is watched is {\"stream\": \"ID\", \"charts\": [[\"PIPELINE\", \"CHART\"], ...]}");
  const Json body = parse_json(request.body);
  if (!body.is_object() || !body.contains("stream") || !body["stream"].is_string() ||
      !body.contains("charts") || !body["charts"].is_array()) {
    return malformed;
  }
  std::vector<ChartStreams::Name> charts;
  for (const Json& name : body["charts"]) {
    if (!name.is_array() || name.size() != 2 || !name[0].is_string() || !name[1].is_string())
      return malformed;
    charts.emplace_back(name[0].get<std::string>(), name[1].get<std::string>());
  }
  const auto& stream = body["stream"].get_ref<const std::string&>();
  const std::optional<http::StreamId> id = stream_id(stream);
  if (!id || !feed.watch(*id, std::move(charts))) {
    return http::error_response(
        404, "there is no stream '" + stream + "'; hello says which one is open");
  }
  return json(OrderedJson::object());
}

void add_charts(http::Routes& routes, Host& host, Feed& feed) {
  routes.add("GET", "/api/pipelines/{pipeline}/charts/{chart}", of_pipeline(host, chart),
             http::Pace::kLong);
  routes.add("GET", "/api/pipelines/{pipeline}/dashboard.html",
             of_pipeline(host,
                         [&feed](HostedPipeline& pipeline, const Request& request) {
                           return dashboard(pipeline, request, feed.clock().now());
                         }),
             http::Pace::kLong);
  routes.add("POST", "/api/watch",
             [&feed](const Request& request) { return watch(feed, request); });
}

}  // namespace

void add_api(http::Routes& routes, Host& host, Feed& feed,
             std::function<ServerCounts()> server_counts) {
  add_health(routes, host);
  add_status(routes, host, feed);
  add_control(routes, host);
  add_charts(routes, host, feed);
  add_alert_api(routes, host);
  add_letters_api(routes, host);
  add_sql_api(routes, host);
  routes.add(
      "GET", "/metrics", [&feed, server_counts = std::move(server_counts)](const Request& request) {
        const auto form = metrics::form_of(request.header("accept").value_or(""));
        return Result<Response>(Response::text(metrics_text(feed.measured(), server_counts(), form),
                                               std::string(metrics::content_type(form))));
      });
  routes.add(
      "GET", "/openapi.json",
      [](const Request&) -> Result<Response> { return Response::json(open_api()); },
      http::Pace::kQuick, http::Access::kOpen);
  routes.add_stream("/events", feed.broadcast());
}

}  // namespace sluice::app
