#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::test {

/// A request as an HttpServer has read it.
struct ServedRequest {
  std::string method;                          ///< "TLS": a client that speaks it
  std::string target;                          ///< path and query
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  int connection = 0;  ///< counted from 0

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// Where an answer goes.
class HttpConnection {
 public:
  HttpConnection(int socket, std::stop_token stop) : socket_(socket), stop_(std::move(stop)) {}

  /// Bytes as they are; false when the client is gone.
  bool send(std::string_view bytes) const;
  /// A whole answer with its length.
  bool answer(int status, std::string_view body, const std::string& headers = "") const;
  /// Until the server ends or the client is gone: an answer that does not come.
  void hang() const;
  const std::stop_token& stop() const { return stop_; }

 private:
  int socket_;
  std::stop_token stop_;
};

/// An HTTP server of this process on a free loopback port, which answers what a test says, be it
/// HTTP or not. A thread a connection; the handler is called on it, and the connection ends when it
/// returns false.
class HttpServer {
 public:
  using Handler = std::function<bool(const ServedRequest&, const HttpConnection&)>;

  explicit HttpServer(Handler handler);
  /// Answers every request with these bytes, then ends the connection.
  explicit HttpServer(std::string bytes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  /// All that came so far.
  std::vector<ServedRequest> requests() const;
  std::size_t connections() const;

 private:
  void accept_all(const std::stop_token& stop);
  void serve(int socket, int number, const std::stop_token& stop);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // guards the next two
  std::vector<ServedRequest> requests_;
  std::size_t connections_ = 0;
  std::vector<std::jthread> threads_;  // of the accepting thread alone, until it is joined
  std::jthread acceptor_;
};

}  // namespace sluice::test
