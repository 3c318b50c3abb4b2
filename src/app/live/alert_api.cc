#include "app/live/alert_api.h"

#include <optional>
#include <string>

#include "app/live/pipeline_handler.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/options.h"
#include "base/shown_text.h"
#include "http/message.h"

namespace sluice::app {
namespace {

using http::Request;
using http::Response;

/// Longer than anybody needs one.
constexpr Micros kSilenceMax = 366LL * 86'400'000'000;

struct Asked {
  Micros duration = 0;
  std::optional<std::string> key;
};

Result<Asked> read_body(const std::string& body) {
  const Json json = parse_json(body);
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const auto found = json.is_object() ? json.find(name) : json.end();
    if (found == json.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  const auto given = text("for");
  const auto duration = given ? parse_duration_micros(*given) : std::nullopt;
  if (!duration || *duration < 0 || *duration > kSilenceMax) {
    return user_error(
        "a silence needs {\"for\": \"1h\"}, a duration of at most 366 days; \"0s\" ends it" +
        (given ? ", not '" + shown_text(*given) + "'" : std::string()));
  }
  if (json.contains("key") && !text("key")) return user_error("'key' of a silence is a text");
  return Asked{*duration, text("key")};
}

Result<Response> silence(HostedPipeline& pipeline, const Request& request) {
  auto asked = read_body(request.body);
  if (!asked) return http::error_response(asked.error());
  const SystemClock clock;
  const Micros now = clock.now();
  const Micros until = now + asked->duration;
  const std::string alert(request.parameter("alert"));
  if (auto done = pipeline.silence(alert, asked->key, until); !done) {
    const bool is_unknown = done.error().kind() == Kind::kUser;
    return is_unknown ? http::error_response(404, done.error().message())
                      : http::error_response(done.error());
  }
  OrderedJson body;
  body["until"] = until / 1000;
  return Response::json(dump_json(body));
}

}  // namespace

void add_alert_api(http::Routes& routes, Host& host) {
  routes.add("POST", "/api/pipelines/{pipeline}/alerts/{alert}/silence",
             of_pipeline(host, silence));
}

}  // namespace sluice::app
