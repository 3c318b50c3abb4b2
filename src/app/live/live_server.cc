#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "app/live/api.h"
#include "app/live/feed.h"
#include "base/border.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/server.h"
#include "sluice/live.h"
#include "web/web_files.h"

namespace sluice {
namespace {

/// Questions that may wait at a time, one of which is refused.
constexpr std::size_t kAskers = 5;

/// Ids of events begin with it: those of another run of the program are not gone on with.
std::string run_name(Random& random) {
  std::string name = random.uuid();
  return name.substr(0, name.find('-'));
}

std::vector<http::StaticFile> page_files() {
  std::vector<http::StaticFile> files;
  for (const web::WebFile& file : web::web_files()) {
    // Without the quotes.
    const std::string_view etag = file.etag.substr(1, file.etag.size() - 2);
    files.push_back({file.path, file.type, etag,
                     std::string_view(file.bytes.data(), file.bytes.size()),
                     std::string_view(file.gzip.data(), file.gzip.size())});
  }
  return files;
}

}  // namespace

struct LiveServer::Content {
  explicit Content(LiveOptions given)
      : options(std::move(given)), feed(run_name(random), options.is_dashboard, clock) {}

  http::ServerOptions server_options() const {
    http::ServerOptions made;
    made.address = options.address;
    made.next_free_port = options.next_free_port;
    made.token = options.token;
    made.plain = options.plain;
    made.allowed_hosts = options.allowed_hosts;
    made.address_option = "--ui";
    // Questions wait for batches; what else takes long does not wait for them.
    made.limits.handler_threads += kAskers;
    if (!options.certificate.empty() || !options.key.empty()) {
      made.tls = http::TlsFiles{options.certificate, options.key};
    }
    return made;
  }

  app::ServerCounts counts() const {
    const std::lock_guard lock(mutex);
    if (server == nullptr) return {};
    const http::Server::Counts now = server->counts();
    return {static_cast<std::int64_t>(now.requests), static_cast<std::int64_t>(now.connections),
            static_cast<std::int64_t>(now.streams)};
  }

  const LiveOptions options;
  SystemClock clock;
  SystemRandom random;
  app::Feed feed;
  mutable std::mutex mutex;  // guards what follows
  std::unique_ptr<http::Server> server;
};

LiveServer::LiveServer(LiveOptions options)
    : content_(std::make_unique<Content>(std::move(options))) {}

LiveServer::~LiveServer() { stop(); }

HostListener& LiveServer::listener() { return content_->feed; }

Status LiveServer::start(Host& host) {
  return at_border("serve the page", [&]() -> Status {
    http::Routes routes;
    routes.add_files(page_files());
    app::add_api(routes, host, content_->feed,
                 [content = content_.get()] { return content->counts(); });
    SLUICE_ASSIGN(auto server, http::Server::start(content_->server_options(), std::move(routes),
                                                   content_->random));
    {
      const std::lock_guard lock(content_->mutex);
      content_->server = std::move(server);
    }
    content_->feed.follow(host);
    return {};
  });
}

std::string LiveServer::url() const {
  const std::lock_guard lock(content_->mutex);
  return content_->server == nullptr ? "" : content_->server->url();
}

void LiveServer::stop() {
  std::unique_ptr<http::Server> server;
  {
    const std::lock_guard lock(content_->mutex);
    server = std::move(content_->server);
  }
  if (server != nullptr) server->stop();
  content_->feed.stop();
}

}  // namespace sluice
