#include <utility>

#include "app/live/api.h"
#include "app/live/feed.h"
#include "app/live/page_server.h"
#include "base/border.h"
#include "base/clock.h"
#include "sluice/live.h"

namespace sluice {

struct LiveServer::Content {
  explicit Content(LiveOptions options)
      : server(std::move(options)), feed(server.run_name(), server.options().is_dashboard, clock) {}

  app::ServerCounts counts() const {
    const http::Server::Counts now = server.counts();
    return {static_cast<std::int64_t>(now.requests), static_cast<std::int64_t>(now.connections),
            static_cast<std::int64_t>(now.streams)};
  }

  SystemClock clock;
  app::PageServer server;
  app::Feed feed;
};

LiveServer::LiveServer(LiveOptions options)
    : content_(std::make_unique<Content>(std::move(options))) {}

LiveServer::~LiveServer() { stop(); }

HostListener& LiveServer::listener() { return content_->feed; }

Status LiveServer::start(Host& host) {
  return at_border("serve the page", [&]() -> Status {
    http::Routes routes;
    app::add_api(routes, host, content_->feed,
                 [content = content_.get()] { return content->counts(); });
    SLUICE_TRY(content_->server.start(std::move(routes)));
    content_->feed.follow(host);
    return {};
  });
}

std::string LiveServer::url() const { return content_->server.url(); }

void LiveServer::stop() {
  content_->server.stop();
  content_->feed.stop();
}

}  // namespace sluice
