#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/server.h"

namespace sluice::http {

/// A client that sends bytes as they are.
class RawClient {
 public:
  explicit RawClient(const std::string& url) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::connect(socket_, generic, sizeof(address)), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Until what came has `text`, or nothing more comes; all that came and was not returned yet, up
  /// to the end of `text`.
  std::string read_to(std::string_view text) {
    while (true) {
      const std::size_t at = read_.find(text);
      if (at != std::string::npos) {
        std::string part = read_.substr(0, at + text.size());
        read_.erase(0, part.size());
        return part;
      }
      char bytes[4096];
      const auto count = ::recv(socket_, bytes, sizeof(bytes), 0);
      if (count <= 0) return std::exchange(read_, {});
      read_.append(bytes, static_cast<std::size_t>(count));
    }
  }
  /// All that comes until the server closes.
  std::string read_all() { return read_to(std::string(1, '\0') + "never"); }

 private:
  const int socket_;
  std::string read_;
};

/// Answers everything with `text`, which is JSON.
inline Handler answer(const std::string& text) {
  return [text](const Request&) { return Response::json(text); };
}

/// A server on a free port of the loopback.
class ServerRig {
 public:
  explicit ServerRig(Routes routes, ServerOptions options = {}) {
    options.address = "127.0.0.1:0";
    auto started = Server::start(std::move(options), std::move(routes), random_);
    EXPECT_TRUE(started) << started.error().message();
    if (started) server_ = *std::move(started);
  }

  Server& server() { return *server_; }
  std::string host() const { return server_->url().substr(std::string_view("http://").size()); }

  /// The answer to one request, whose connection ends with it. `headers`: whole lines.
  std::string ask(const std::string& line, const std::string& headers = "",
                  const std::string& body = "") {
    RawClient client(server_->url());
    std::string request =
        line + " HTTP/1.1\r\nHost: " + host() + "\r\nConnection: close\r\n" + headers;
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(request + "\r\n" + body);
    return client.read_all();
  }

 private:
  SeededRandom random_{1};
  std::unique_ptr<Server> server_;
};

inline int status_in(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

inline constexpr std::string_view kJsonType = "Content-Type: application/json\r\n";

}  // namespace sluice::http
