#include "http/network.h"

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#define BOOST_ASIO_NO_DEPRECATED
#define BOOST_ASIO_DISABLE_BOOST_ARRAY
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <netinet/tcp.h>

#include "base/border.h"
#include "base/log.h"
#include "base/thread.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr int kPortsTried = 100;
constexpr int kBacklog = 512;
/// A peer that is gone without a word, or takes nothing, for this long is given up by the system.
constexpr unsigned kUnansweredMs = 30'000;
/// After the process ran out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

Peer peer_of(const tcp::socket& socket) {
  error_code problem;
  const tcp::endpoint end = socket.remote_endpoint(problem);
  if (problem) return {};
  asio::ip::address address = end.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  Peer peer{address.to_string(), address.to_string(), address.is_loopback()};
  if (address.is_v6() && !peer.is_loopback) {
    auto bytes = address.to_v6().to_bytes();
    std::memset(bytes.data() + 8, 0, 8);
    peer.group = asio::ip::address_v6(bytes).to_string();
  }
  return peer;
}

std::vector<asio::const_buffer> buffers_of(std::span<const std::string_view> pieces) {
  std::vector<asio::const_buffer> buffers;
  for (const std::string_view piece : pieces) buffers.emplace_back(piece.data(), piece.size());
  return buffers;
}

template <class Stream>
void start_read(Stream& stream, std::span<char> into, std::function<void(std::size_t)> done) {
  stream.async_read_some(asio::buffer(into.data(), into.size()),
                         [done = std::move(done)](const error_code& problem, std::size_t count) {
                           done(problem ? 0 : count);
                         });
}

template <class Stream>
void start_write(Stream& stream, std::span<const std::string_view> pieces,
                 std::function<void(bool)> done) {
  asio::async_write(
      stream, buffers_of(pieces),
      [done = std::move(done)](const error_code& problem, std::size_t) { done(!problem); });
}

/// A process that this one starts must not keep a connection, or the port, open.
void close_on_exec(int descriptor) { static_cast<void>(::fcntl(descriptor, F_SETFD, FD_CLOEXEC)); }

void close_socket(tcp::socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

class PlainSocket final : public Socket {
 public:
  explicit PlainSocket(tcp::socket socket) : Socket(peer_of(socket)), socket_(std::move(socket)) {}

  void open(std::function<void(bool)> done) override { answer(std::move(done)); }
  void read(std::span<char> into, std::function<void(std::size_t)> done) override {
    start_read(socket_, into, std::move(done));
  }
  void write(std::span<const std::string_view> pieces, std::function<void(bool)> done) override {
    start_write(socket_, pieces, std::move(done));
  }
  void shut_down(std::function<void(bool)> done) override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    answer(std::move(done));
  }
  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override { close_socket(socket_); }

 private:
  void answer(std::function<void(bool)> done) {
    asio::post(socket_.get_executor(), [done = std::move(done)] { done(true); });
  }

  tcp::socket socket_;
};

class TlsSocket final : public Socket {
 public:
  TlsSocket(tcp::socket socket, asio::ssl::context& context)
      : Socket(peer_of(socket)), stream_(std::move(socket), context) {}

  void open(std::function<void(bool)> done) override {
    stream_.async_handshake(
        TlsStream::server, [done = std::move(done)](const error_code& problem) { done(!problem); });
  }
  void read(std::span<char> into, std::function<void(std::size_t)> done) override {
    if (is_shut_) {
      start_read(stream_.next_layer(), into, std::move(done));
    } else {
      start_read(stream_, into, std::move(done));
    }
  }
  void write(std::span<const std::string_view> pieces, std::function<void(bool)> done) override {
    start_write(stream_, pieces, std::move(done));
  }
  void shut_down(std::function<void(bool)> done) override {
    is_shut_ = true;
    stream_.async_shutdown([this, done = std::move(done)](const error_code&) {
      error_code ignored;
      stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
      done(true);
    });
  }
  void cancel() override {
    error_code ignored;
    stream_.next_layer().cancel(ignored);
  }
  void close() override { close_socket(stream_.next_layer()); }

 private:
  TlsStream stream_;
  bool is_shut_ = false;
};

Error tls_error(std::string_view what, const std::string& file, const error_code& problem) {
  return user_error("tls: the " + std::string(what) + " cannot be used file=" + file + ": " +
                    problem.message() + "; it must be a PEM file that this process may read");
}

Status load_tls(asio::ssl::context& context, const TlsFiles& files) {
  error_code problem;
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                          asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION |
                          SSL_OP_NO_COMPRESSION,
                      problem);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  // A key that asks for a password must not ask on the terminal.
  context.set_password_callback(
      [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, problem);
  context.use_certificate_chain_file(files.certificate, problem);
  if (problem) return tls_error("certificate", files.certificate, problem);
  context.use_private_key_file(files.key, asio::ssl::context::pem, problem);
  if (problem) return tls_error("key", files.key, problem);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return user_error("tls: the key is not the one of the certificate; certificate=" +
                      files.certificate + " key=" + files.key);
  }
  return {};
}

class AsioNetwork final : public Network {
 public:
  AsioNetwork() : acceptor_(io_), work_(io_.get_executor()), ticker_(io_), pause_(io_) {}
  ~AsioNetwork() override { finish(); }

  Status bind(const Address& address, const ServerOptions& options) {
    bound_ = address;
    const int tries = options.next_free_port && address.port != 0 ? kPortsTried : 1;
    error_code problem;
    for (int i = 0; i < tries && address.port + i <= 0xffff; ++i) {
      bound_.port = static_cast<std::uint16_t>(address.port + i);
      problem = bind_once();
      if (problem != asio::error::address_in_use) break;
    }
    if (!problem) return {};
    return bind_error(address, options, problem);
  }

  Status use_tls(const TlsFiles& files) {
    tls_.emplace(asio::ssl::context::tls_server);
    return load_tls(*tls_, files);
  }

  const Address& bound() const override { return bound_; }
  bool has_tls() const override { return tls_.has_value(); }

  void start(Calls calls) override {
    calls_ = std::move(calls);
    asio::post(io_, [this] {
      accept_next();
      tick_next();
    });
    thread_ = start_thread(
        "http", [this](const std::stop_token&) { run(); },
        [](const Error& problem) { log_error("http: " + problem.message()); });
  }

  void post(std::function<void()> call) override { asio::post(io_, std::move(call)); }

  void after(std::chrono::milliseconds wait, std::function<void()> call) override {
    auto timer = std::make_shared<asio::steady_timer>(io_, wait);
    timer->async_wait([timer, call = std::move(call)](const error_code&) { call(); });
  }

  void stop_accepting() override {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  void finish() override {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      stop_accepting();
      is_finishing_ = true;
      ticker_.cancel();
      work_.reset();
    });
    thread_.join();
  }

 private:
  error_code bind_once() {
    error_code problem;
    const tcp::endpoint end(asio::ip::make_address(bound_.host, problem), bound_.port);
    if (problem) return problem;
    if (acceptor_.is_open()) acceptor_.close(problem);
    acceptor_.open(end.protocol(), problem);
    if (!problem) close_on_exec(acceptor_.native_handle());
    if (!problem) acceptor_.set_option(tcp::acceptor::reuse_address(true), problem);
    if (!problem && end.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), problem);
    if (!problem) acceptor_.bind(end, problem);
    if (!problem) acceptor_.listen(kBacklog, problem);
    if (problem) return problem;
    bound_.port = acceptor_.local_endpoint(problem).port();
    return problem;
  }

  static Error bind_error(const Address& address, const ServerOptions& options,
                          const error_code& problem) {
    const std::string what = "cannot listen on " + address.text() + ": ";
    const std::string other = options.address_option;
    if (problem == asio::error::address_in_use) {
      return user_error(what + "the port is taken by another process; give another one in " +
                        other + ", or port 0 for any that is free");
    }
    if (problem == asio::error::access_denied) {
      return user_error(what +
                        "the system lets only root listen on a port below 1024; give a higher "
                        "one in " +
                        other);
    }
    return user_error(what + problem.message() + "; " + other +
                      " must be an address of this machine, as 127.0.0.1:8484");
  }

  /// An exception of one connection's callback must not end the others.
  void run() {
    bool is_done = false;
    while (!is_done) {
      auto ran = at_border("http", [&]() -> Status {
        io_.run();
        is_done = true;
        return {};
      });
      if (!ran) log_error("http: " + ran.error().message());
    }
  }

  void accept_next() {
    if (!acceptor_.is_open()) return;
    acceptor_.async_accept([this](const error_code& problem, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (problem == asio::error::no_descriptors || problem == asio::error::no_buffer_space ||
          problem == asio::error::no_memory || problem.value() == ENFILE) {
        calls_.exhausted();
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](const error_code&) { accept_next(); });
        return;
      }
      if (!problem) take(std::move(socket));
      accept_next();
    });
  }

  void take(tcp::socket socket) {
    error_code ignored;
    close_on_exec(socket.native_handle());
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    static_cast<void>(::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT,
                                   &kUnansweredMs, sizeof(kUnansweredMs)));
    if (tls_) {
      calls_.accepted(std::make_unique<TlsSocket>(std::move(socket), *tls_));
    } else {
      calls_.accepted(std::make_unique<PlainSocket>(std::move(socket)));
    }
  }

  void tick_next() {
    if (is_finishing_) return;
    ticker_.expires_after(calls_.tick);
    ticker_.async_wait([this](const error_code& problem) {
      if (problem || is_finishing_) return;
      calls_.ticked();
      tick_next();
    });
  }

  Address bound_;
  std::optional<asio::ssl::context> tls_;  // before what uses it
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer ticker_;
  asio::steady_timer pause_;
  Calls calls_;
  bool is_finishing_ = false;  // of the io thread
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<Network>> Network::listen(const ServerOptions& options) {
  SLUICE_ASSIGN(const Address address, Address::parse(options.address));
  auto network = std::make_unique<AsioNetwork>();
  if (options.tls) SLUICE_TRY(network->use_tls(*options.tls));
  SLUICE_TRY(network->bind(address, options));
  return std::unique_ptr<Network>(std::move(network));
}

}  // namespace sluice::http
