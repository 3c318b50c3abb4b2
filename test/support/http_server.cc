#include "support/http_server.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/thread.h"

namespace sluice::test {
namespace {

/// Waits until `socket` can be read; false: a stop came first.
bool is_readable(int socket, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd wanted{socket, POLLIN, 0};
    if (poll(&wanted, 1, 20) > 0) return true;
  }
  return false;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Appends what came; false: nothing more will.
bool read_more(int socket, std::string& bytes, const std::stop_token& stop) {
  if (!is_readable(socket, stop)) return false;
  char buffer[8192];
  const ssize_t count = recv(socket, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  bytes.append(buffer, static_cast<std::size_t>(count));
  return true;
}

/// Takes one request from the front of `bytes`, reading more as needed.
bool take_request(int socket, std::string& bytes, ServedRequest& out, const std::stop_token& stop) {
  std::size_t end = 0;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more(socket, bytes, stop)) return false;
    if (bytes.front() != 0x16) continue;
    out.method = "TLS";
    bytes.clear();
    return true;
  }
  std::size_t at = bytes.find("\r\n");
  const std::string first = bytes.substr(0, at);
  out.method = first.substr(0, first.find(' '));
  out.target = first.substr(out.method.size() + 1, first.rfind(' ') - out.method.size() - 1);
  while (at < end) {
    const std::size_t next = bytes.find("\r\n", at + 2);
    const std::string line = bytes.substr(at + 2, next - at - 2);
    const std::size_t colon = line.find(':');
    const std::size_t value = line.find_first_not_of(' ', colon + 1);
    out.headers[lower(line.substr(0, colon))] =
        value == std::string::npos ? "" : line.substr(value);
    at = next;
  }
  const std::size_t length = std::strtoul(out.header("content-length").c_str(), nullptr, 10);
  while (bytes.size() < end + 4 + length) {
    if (!read_more(socket, bytes, stop)) return false;
  }
  out.body = bytes.substr(end + 4, length);
  bytes.erase(0, end + 4 + length);
  return true;
}

}  // namespace

bool HttpConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool HttpConnection::answer(int status, std::string_view body, const std::string& headers) const {
  return send("HTTP/1.1 " + std::to_string(status) + " Any\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n" + headers + "\r\n" + std::string(body));
}

void HttpConnection::hang() const { is_readable(socket_, stop_); }

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  SLUICE_CHECK(bind(listener_, any, size) == 0 && listen(listener_, 64) == 0);
  SLUICE_CHECK(getsockname(listener_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = start_thread(
      "http-accept", [this](const std::stop_token& stop) { accept_all(stop); },
      [](const Error& /*error*/) { std::abort(); });
}

HttpServer::HttpServer(std::string bytes)
    : HttpServer([bytes = std::move(bytes)](const ServedRequest&, const HttpConnection& to) {
        to.send(bytes);
        return false;
      }) {}

HttpServer::~HttpServer() {
  acceptor_.request_stop();
  acceptor_.join();
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
  close(listener_);
}

std::vector<ServedRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void HttpServer::accept_all(const std::stop_token& stop) {
  while (is_readable(listener_, stop)) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = static_cast<int>(connections_++);
    }
    threads_.push_back(start_thread(
        "http-serve",
        [this, client, number](const std::stop_token& own) { serve(client, number, own); },
        [](const Error& /*error*/) { std::abort(); }));
  }
}

void HttpServer::serve(int socket, int number, const std::stop_token& stop) {
  std::string bytes;
  const HttpConnection connection(socket, stop);
  while (true) {
    ServedRequest request;
    request.connection = number;
    if (!take_request(socket, bytes, request, stop)) break;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (!handler_(request, connection)) break;
  }
  shutdown(socket, SHUT_RDWR);
  close(socket);
}

}  // namespace sluice::test
