#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/address.h"
#include "http/server_options.h"
#include "sluice/base/result.h"

namespace sluice::http {

/// Who is at the other end.
struct Peer {
  std::string address;  ///< without port
  std::string group;    ///< what counts as one: an IPv4 address, the first 64 bits of an IPv6 one
  bool is_loopback = false;
};

/// The bytes of one accepted connection, plain or under TLS. All on the io thread; one read and one
/// write at a time. A callback comes later, never from inside the call, and comes always: whoever
/// waits must not go before.
class Socket {
 public:
  explicit Socket(Peer peer) : peer_(std::move(peer)) {}
  virtual ~Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  const Peer& peer() const { return peer_; }

  /// TLS's handshake. False: the connection is of no use.
  virtual void open(std::function<void(bool)> done) = 0;
  /// Up to as many bytes as `into` takes. 0: the peer sends no more, is gone, or cancel() came.
  virtual void read(std::span<char> into, std::function<void(std::size_t)> done) = 0;
  /// All of them. False: the peer is gone, or cancel() came. The bytes outlive the call, the span
  /// need not.
  virtual void write(std::span<const std::string_view> pieces, std::function<void(bool)> done) = 0;
  /// Says that nothing more will be written; reads give what the peer still sends, as it comes.
  virtual void shut_down(std::function<void(bool)> done) = 0;
  /// What is under way ends.
  virtual void cancel() = 0;
  /// And nothing is possible from here on.
  virtual void close() = 0;

 private:
  const Peer peer_;
};

/// The thread that does all input and output of one server, and its listening socket. The only
/// place that knows Boost.Asio. Shared, because whoever publishes an event may be about to post()
/// while the server goes; it holds the network until then.
class Network : public std::enable_shared_from_this<Network> {
 public:
  struct Calls {
    std::function<void(std::unique_ptr<Socket>)> accepted;
    /// Every `tick` while the network runs.
    std::function<void()> ticked;
    /// The process has no descriptor left for another connection.
    std::function<void()> exhausted;
    std::chrono::milliseconds tick{500};
  };

  /// Binds and listens; connections wait in the system's queue until start(). kUser with what to
  /// change when the address cannot be had, or a file of `tls` not be used.
  static Result<std::unique_ptr<Network>> listen(const ServerOptions& options);

  virtual ~Network() = default;
  /// With the port that the system chose.
  virtual const Address& bound() const = 0;
  virtual bool has_tls() const = 0;
  /// Starts the thread. The calls are made on it, and outlive the network.
  virtual void start(Calls calls) = 0;
  /// Runs `call` on the io thread. Any thread may call; after finish() nothing
  /// comes of it.
  virtual void post(std::function<void()> call) = 0;
  /// Runs `call` after a while. On the io thread.
  virtual void after(std::chrono::milliseconds wait, std::function<void()> call) = 0;
  /// Accepts no more and frees the port. On the io thread.
  virtual void stop_accepting() = 0;
  /// Ends the thread once nothing is under way: every socket must have been closed.
  virtual void finish() = 0;
};

}  // namespace sluice::http
