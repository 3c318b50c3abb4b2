#include "app/live/page_server.h"

#include <fstream>
#include <utility>
#include <vector>

#include "base/border.h"
#include "http/address.h"
#include "http/guard.h"
#include "web/web_files.h"

namespace sluice {
namespace {

/// Questions that may wait at a time, one of which is refused.
constexpr std::size_t kAskers = 5;

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

namespace app {

std::string PageServer::run_name() {
  std::string name = random_.uuid();
  return name.substr(0, name.find('-'));
}

Status PageServer::start(http::Routes routes) {
  routes.add_files(page_files());
  auto server = http::Server::start(server_options(options_), std::move(routes), random_);
  if (!server) return at_place(std::move(server).error(), options_);
  const std::lock_guard lock(mutex_);
  server_ = *std::move(server);
  return {};
}

std::string PageServer::url() const {
  const std::lock_guard lock(mutex_);
  return server_ == nullptr ? "" : server_->url();
}

http::Server::Counts PageServer::counts() const {
  const std::lock_guard lock(mutex_);
  return server_ == nullptr ? http::Server::Counts{} : server_->counts();
}

void PageServer::stop() {
  std::unique_ptr<http::Server> server;
  {
    const std::lock_guard lock(mutex_);
    server = std::move(server_);
  }
  if (server != nullptr) server->stop();
}

}  // namespace app

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

}  // namespace sluice
