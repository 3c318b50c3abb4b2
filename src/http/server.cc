#include "http/server.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <vector>

#include "http/connection.h"
#include "http/guard.h"
#include "http/network.h"
#include "http/service.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;

/// Deadlines are looked at this often.
milliseconds tick_of(const Limits& limits) {
  const milliseconds shortest =
      std::min({limits.request_timeout, limits.idle_timeout, limits.write_timeout});
  return std::clamp(shortest / 20, milliseconds(10), milliseconds(500));
}

}  // namespace

class Server::Running {
 public:
  Running(ServerOptions options, Routes routes, std::unique_ptr<Network> network, Random& random)
      : options_(std::move(options)),
        routes_(std::move(routes)),
        network_(std::move(network)),
        service_(options_, routes_, *network_, random) {}
  ~Running() { stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void start() {
    network_->start(
        {.accepted = [this](std::unique_ptr<Socket> socket) { accept(std::move(socket)); },
         .ticked = [this] { tick(); },
         .exhausted = [this] { close_idle(nullptr); },
         .tick = tick_of(options_.limits)});
  }

  std::string url() const {
    Address address = network_->bound();
    if (address.is_wildcard()) address.host = address.host == "::" ? "::1" : "127.0.0.1";
    return (network_->has_tls() ? "https://" : "http://") + address.text();
  }

  Counts counts() const { return {service_.requests, connection_count_, stream_count_}; }

  void stop() {
    if (is_stopped_) return;
    is_stopped_ = true;
    network_->post([this] {
      service_.is_stopping = true;
      network_->stop_accepting();
      for (const auto& connection : all()) connection->stop();
    });
    // Handlers that run are waited for; their answers are posted before this returns.
    service_.pool().stop();
    network_->post([this] {
      for (const auto& connection : all()) connection->close();
    });
    network_->finish();
  }

 private:
  /// A copy, as whoever is closed takes itself out.
  std::vector<std::shared_ptr<Connection>> all() const {
    std::vector<std::shared_ptr<Connection>> connections;
    for (const auto& [pointer, connection] : connections_) connections.push_back(connection);
    return connections;
  }

  void accept(std::unique_ptr<Socket> socket) {
    if (service_.is_stopping) return;
    const Limits& limits = options_.limits;
    if (!socket->peer().is_loopback &&
        count_of(socket->peer().group) >= limits.connections_per_peer_max) {
      const std::string group = socket->peer().group;
      if (!close_idle(&group)) return;
    }
    if (connections_.size() >= limits.connections_max && !close_idle(nullptr)) return;
    auto connection = std::make_shared<Connection>(std::move(socket), service_);
    Connection* const pointer = connection.get();
    connections_.emplace(pointer, connection);
    connection_count_ = connections_.size();
    pointer->start([this](Connection& ended) {
      connections_.erase(&ended);
      connection_count_ = connections_.size();
    });
  }

  std::size_t count_of(const std::string& group) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        connections_, [&](const auto& entry) { return entry.first->peer().group == group; }));
  }

  /// Closes the connection that is missed least, of one peer or of all: the one that has been
  /// without a request for longest, or else the one whose head has been coming for longest. False:
  /// all are being answered.
  bool close_idle(const std::string* group) {
    Connection* least = nullptr;
    for (const auto& [pointer, connection] : connections_) {
      if (pointer->is_answering() || (group != nullptr && pointer->peer().group != *group))
        continue;
      const auto rank = [](const Connection& one) {
        return std::pair(!one.is_idle(), one.idle_since());
      };
      if (least == nullptr || rank(*pointer) < rank(*least)) least = pointer;
    }
    if (least == nullptr) return false;
    // Its coroutine ends a little later; it counts no more.
    const auto kept = connections_.extract(least);
    least->close();
    return true;
  }

  void tick() {
    const auto now = service_.clock().steady();
    std::size_t streams = 0;
    for (const auto& connection : all()) {
      streams += connection->is_stream() ? 1 : 0;
      connection->tick(now);
    }
    stream_count_ = streams;
  }

  const ServerOptions options_;
  const Routes routes_;
  const std::shared_ptr<Network> network_;
  Service service_;
  std::map<Connection*, std::shared_ptr<Connection>> connections_;  // of the io thread
  std::atomic<std::size_t> connection_count_ = 0;
  std::atomic<std::size_t> stream_count_ = 0;
  bool is_stopped_ = false;
};

Server::Server(std::unique_ptr<Running> running) : running_(std::move(running)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Routes routes,
                                              Random& random) {
  SLUICE_ASSIGN(const Address address, Address::parse(options.address));
  SLUICE_TRY(check_exposure(options, address));
  SLUICE_ASSIGN(auto network, Network::listen(options));
  auto running =
      std::make_unique<Running>(std::move(options), std::move(routes), std::move(network), random);
  running->start();
  return std::unique_ptr<Server>(new Server(std::move(running)));
}

std::string Server::url() const { return running_->url(); }
Server::Counts Server::counts() const { return running_->counts(); }
void Server::stop() { running_->stop(); }

}  // namespace sluice::http
