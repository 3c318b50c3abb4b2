#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/random.h"
#include "http/guard.h"
#include "http/handler_pool.h"
#include "http/network.h"
#include "http/request_head.h"
#include "http/routes.h"
#include "http/token_gate.h"

namespace sluice::http {

/// What a server's connections share: who is let in, and what answers. Of the io thread.
class Service {
 public:
  /// All outlive it.
  Service(const ServerOptions& options, const Routes& routes, Network& network, Random& random);

  const ServerOptions& options() const { return options_; }
  const Limits& limits() const { return options_.limits; }
  Network& network() { return network_; }
  const Clock& clock() const { return clock_; }
  HandlerPool& pool() { return pool_; }

  /// A request that may be read in full and then answered.
  struct Admitted {
    Request request;
    Routes::Found found;
    bool is_login = false;
  };
  /// Or the answer that it gets at once.
  struct Denied {
    Response response;
    bool is_late = false;  ///< after Limits::failed_login_delay
  };
  /// Decides by the head alone, before any byte of the body.
  std::variant<Admitted, Denied> admit(const RequestHead& head, const Peer& peer);

  /// Calls the handler, on whichever thread. Whatever it throws becomes an answer.
  static Response call(const Route& route, const Request& request);
  Denied log_in(const Request& request, const Peer& peer);

  /// Requests that got an answer. Any thread may read.
  std::atomic<std::uint64_t> requests = 0;
  bool is_stopping = false;

 private:
  std::optional<Denied> ask_for_token(const Request& request, const Peer& peer);

  const ServerOptions& options_;
  const Routes& routes_;
  Network& network_;
  const SystemClock clock_;
  const Guard guard_;
  TokenGate gate_;
  HandlerPool pool_;
};

/// As JSON.
Response refusal_response(const Refusal& refusal);

}  // namespace sluice::http
