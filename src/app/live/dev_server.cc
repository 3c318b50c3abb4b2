#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "app/live/messages.h"
#include "app/live/page_server.h"
#include "base/border.h"
#include "base/clock.h"
#include "http/broadcast.h"
#include "sluice/live.h"

namespace sluice {

struct DevServer::Content {
  explicit Content(LiveOptions options)
      : server(std::move(options)),
        run(server.run_name()),
        broadcast(
            run, {.opened = [this](const auto& opening) { return opened(opening); }, .gone = {}}) {}

  std::string newest() const {
    const std::lock_guard lock(mutex);
    return shown;
  }

  std::vector<http::Event> opened(const http::Broadcast::Opening& opening) const {
    const app::HelloFacts hello{
        .run = run, .stream = opening.stream, .mode = "dev", .features = {}, .pipelines = {}};
    std::vector<http::Event> events = {{"hello", app::hello_json(hello, SystemClock().now())}};
    if (opening.reason != http::Broadcast::Reason::kResumed) events.push_back({"shown", newest()});
    return events;
  }

  app::PageServer server;
  const std::string run;
  mutable std::mutex mutex;  // guards what follows
  std::string shown = "{}";
  http::Broadcast broadcast;
};

DevServer::DevServer(LiveOptions options)
    : content_(std::make_unique<Content>(std::move(options))) {}

DevServer::~DevServer() { content_->server.stop(); }

Status DevServer::start() {
  return at_border("serve the page", [&]() -> Status {
    http::Routes routes;
    routes.add_stream("/events", content_->broadcast);
    routes.add("GET", "/api/dev",
               [content = content_.get()](const http::Request&) -> Result<http::Response> {
                 return http::Response::json(content->newest());
               });
    return content_->server.start(std::move(routes));
  });
}

void DevServer::show(std::string json) {
  {
    const std::lock_guard lock(content_->mutex);
    content_->shown = json;
  }
  content_->broadcast.publish({"shown", std::move(json)});
}

std::string DevServer::url() const { return content_->server.url(); }

}  // namespace sluice
