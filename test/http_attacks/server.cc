// A server with sample routes for test/http_attacks: what the attacks and src/http's own promises
// need, and no pipeline. It prints its URL, and runs until its standard input ends.
//   http_attack_server [--address A] [--token T] [--certificate F --key F] [--plain] [--timeout-ms
//   N]
//                      [--allowed-host NAME]

#include "http/server.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "http/broadcast.h"

namespace sluice::http {
namespace {

constexpr StaticFile kFiles[] = {
    {"/", "text/html; charset=utf-8", "page1", "<!doctype html><title>sluice</title>\n"},
    {"/app.css", "text/css; charset=utf-8", "css1", "body { margin: 0 }\n"},
};

std::map<std::string, std::string> options_of(int count, char** words) {
  std::map<std::string, std::string> options;
  for (int i = 1; i < count; ++i) {
    const std::string name = words[i];
    options[name] = name == "--plain" || i + 1 == count ? "" : words[++i];
  }
  return options;
}

ServerOptions server_options(const std::map<std::string, std::string>& given) {
  const auto value = [&](const std::string& name, const std::string& otherwise) {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : found->second;
  };
  ServerOptions options;
  options.address = value("--address", "127.0.0.1:0");
  options.token = Secret(value("--token", ""));
  options.plain = given.contains("--plain");
  if (given.contains("--certificate")) {
    options.tls = TlsFiles{value("--certificate", ""), value("--key", "")};
  }
  if (given.contains("--allowed-host")) options.allowed_hosts = {value("--allowed-host", "")};
  const std::chrono::milliseconds timeout(std::atoi(value("--timeout-ms", "10000").c_str()));
  options.limits.request_timeout = timeout;
  options.limits.idle_timeout = 3 * timeout;
  return options;
}

struct Sample {
  std::atomic<int> changes = 0;
  std::atomic<Server*> server = nullptr;
  const std::string large = std::string(8 << 20, 'x');
  Broadcast events{"run1",
                   {.opened = [](const Broadcast::Opening& opening) -> std::vector<Event> {
                      return {{"hello", "{\"stream\":" + std::to_string(opening.stream) + "}"}};
                    },
                    .gone = {}}};
};

Response echo(const Request& request) {
  OrderedJson json;
  json["path"] = request.path;
  for (const auto& [name, value] : request.parameters) json["parameters"][name] = value;
  for (const auto& [name, value] : request.query) json["query"][name] = value;
  json["body_bytes"] = request.body.size();
  return Response::json(dump_json(json));
}

Routes sample_routes(Sample& sample) {
  Routes routes;
  routes.add_files(kFiles);
  routes.add_stream("/events", sample.events);
  routes.add(
      "GET", "/healthz", [](const Request&) { return Response::json("{\"status\":\"ok\"}"); },
      Pace::kQuick, Access::kOpen);
  routes.add(
      "GET", "/counts",
      [&](const Request&) -> Result<Response> {
        const Server::Counts counts = sample.server.load()->counts();
        OrderedJson json;
        json["changes"] = sample.changes.load();
        json["connections"] = counts.connections;
        json["streams"] = counts.streams;
        json["listeners"] = sample.events.streams().size();
        return Response::json(dump_json(json));
      },
      Pace::kQuick, Access::kOpen);
  routes.add("GET", "/api/echo/{name}", [](const Request& request) { return echo(request); });
  routes.add("POST", "/api/echo", [](const Request& request) { return echo(request); });
  routes.add("POST", "/api/change", [&](const Request&) {
    ++sample.changes;
    return Response::json("{}");
  });
  routes.add("GET", "/api/throws", [](const Request& request) -> Result<Response> {
    return Response::json(std::string(std::string::npos, request.path.front()));
  });
  routes.add("GET", "/api/large", [&](const Request&) {
    Response response{200, "text/plain"};
    response.static_body = sample.large;
    return response;
  });
  routes.add(
      "POST", "/api/slow",
      [&](const Request& request) {
        for (int i = 0; i < 20 && !request.stop.stop_requested(); ++i) {
          SystemClock().sleep_for(std::chrono::milliseconds(25), request.stop);
        }
        return Response::json("{}");
      },
      Pace::kLong);
  routes.add("POST", "/api/publish", [&](const Request& request) {
    sample.events.publish({"sample", request.body});
    return Response::json("{}");
  });
  return routes;
}

int run(const std::map<std::string, std::string>& given) {
  Sample sample;
  SystemRandom random;
  auto server = Server::start(server_options(given), sample_routes(sample), random);
  if (!server) {
    std::cerr << server.error().message() << "\n";
    return 2;
  }
  sample.server = server->get();
  std::cout << (*server)->url() << std::endl;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  (*server)->stop();
  return 0;
}

}  // namespace
}  // namespace sluice::http

int main(int count, char** words) {
  return sluice::http::run(sluice::http::options_of(count, words));
}
