#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "app/live/api.h"
#include "app/live/feed.h"
#include "base/border.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/address.h"
#include "http/guard.h"
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

http::ServerOptions server_options(const LiveOptions& options) {
  http::ServerOptions made;
  made.address = options.address;
  made.next_free_port = options.next_free_port;
  made.token = options.token;
  made.plain = options.plain;
  made.allowed_hosts = options.allowed_hosts;
  // Questions wait for batches; what else takes long does not wait for them.
  made.limits.handler_threads += kAskers;
  if (!options.certificate.empty() || !options.key.empty()) {
    made.tls = http::TlsFiles{options.certificate, options.key};
  }
  const bool of_file = !options.place.empty();
  made.address_option = of_file ? "`listen`" : "--ui";
  made.token_advice = of_file ? "add `token_file: FILE`"
                              : "give --ui-token-file FILE, or SLUICE_TOKEN in the environment";
  made.tls_advice = of_file ? "add `certificate: FILE` and `key: FILE`, or `plain: true` where a "
                              "proxy encrypts"
                            : "give --ui-certificate FILE and --ui-key FILE, or --ui-plain where a "
                              "proxy encrypts";
  return made;
}

/// `status` with the place in a file that its address is from.
Status at_place(Status status, const LiveOptions& options) {
  if (status || options.place.empty()) return status;
  return Error(status.error().kind(), options.place + ": " + status.error().message());
}

}  // namespace

struct LiveServer::Content {
  explicit Content(LiveOptions given)
      : options(std::move(given)), feed(run_name(random), options.is_dashboard, clock) {}

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
    auto server =
        http::Server::start(server_options(content_->options), std::move(routes), content_->random);
    if (!server) return at_place(std::move(server).error(), content_->options);
    {
      const std::lock_guard lock(content_->mutex);
      content_->server = *std::move(server);
    }
    content_->feed.follow(host);
    return {};
  });
}

Status check_page(const LiveOptions& options) {
  return at_border("check how the page is served", [&]() -> Status {
    const auto check = [&]() -> Status {
      const http::ServerOptions made = server_options(options);
      SLUICE_ASSIGN(const http::Address address, http::Address::parse(made.address));
      SLUICE_TRY(http::check_exposure(made, address));
      for (const std::string& path : {options.certificate, options.key}) {
        if (path.empty() || std::ifstream(path)) continue;
        return user_error("a file for TLS cannot be read path=" + path);
      }
      return {};
    };
    return at_place(check(), options);
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
