#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/random.h"
#include "http/routes.h"
#include "http/server_options.h"
#include "sluice/base/result.h"

namespace sluice::http {

/// A small HTTP server: one thread for all connections, and a few for handlers that take long. It
/// serves HTTP/1.1 and 1.0, plain or under TLS, and streams of events. What it refuses, and why, is
/// in docs/decisions/0026-http-server.md.
class Server {
 public:
  struct Counts {
    std::uint64_t requests = 0;  ///< answered so far, refusals included
    std::size_t connections = 0;
    std::size_t streams = 0;
  };

  /// Listens and serves. What `routes` names, and `random`, outlive the server. kUser with what to
  /// change when the address cannot be had, is not safe to serve as it is (check_exposure), or a
  /// file of `tls` cannot be used.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Routes routes,
                                               Random& random);
  /// As stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// "http://127.0.0.1:8484": with the port that it got; for a wildcard the loopback's address.
  std::string url() const;
  /// Any thread may call.
  Counts counts() const;

  /// Frees the port, ends streams, and waits for handlers that run, whose Request::stop is
  /// requested; what waits for a thread is answered with 503. Not to be called by a handler.
  void stop();

 private:
  class Running;
  explicit Server(std::unique_ptr<Running> running);
  std::unique_ptr<Running> running_;
};

}  // namespace sluice::http
