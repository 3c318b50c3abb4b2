#include "http/connection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "http/broadcast.h"
#include "http/response_head.h"

namespace sluice::http {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
/// What is read of a peer that is not listened to any more.
constexpr std::size_t kForgottenBytesMax = 8 << 20;
constexpr std::chrono::milliseconds kHangUpTimeout{2'000};
/// A chunked body may be this much larger than what it holds.
constexpr std::size_t kChunkBytesMax = 1 << 20;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kStreamStart = "retry: 2000\n\n";
constexpr std::string_view kPing = ": ping\n\n";
constexpr std::chrono::seconds kPingEvery{5};

// Named, because gcc 12 destroys a temporary that an argument of co_await is made of twice.
const Refusal kLate{408, "the request did not arrive in time"};
const Refusal kLargeChunks{413, "the chunks are too large for what they hold"};

Response busy_response() {
  Response response = error_response(503, "too many requests that take long are being answered");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

/// Whatever ends the coroutine, the socket is closed and the server knows.
class Connection::Ending {
 public:
  explicit Ending(Connection& connection) : connection_(connection) {}
  ~Ending() {
    connection_.is_closed_ = true;
    connection_.socket_->close();
    connection_.ended_(connection_);
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  Connection& connection_;
};

/// Whatever ends the stream, the broadcast forgets it.
struct Connection::Closing {
  ~Closing() { broadcast.close(id); }
  Broadcast& broadcast;
  StreamId id;
};

/// Until wake().
struct Connection::Sleep {
  bool await_ready() const noexcept { return std::exchange(self.is_awake_, false); }
  void await_suspend(std::coroutine_handle<> waiting) const noexcept { self.sleeping_ = waiting; }
  void await_resume() const noexcept { self.is_awake_ = false; }
  Connection& self;
};

Connection::Connection(std::unique_ptr<Socket> socket, Service& service)
    : socket_(std::move(socket)), service_(service), idle_since_(now()) {}

void Connection::start(std::function<void(Connection&)> ended) {
  ended_ = std::move(ended);
  serve(shared_from_this());
}

void Connection::tick(Time now) {
  if (deadline_ && now >= *deadline_) {
    deadline_.reset();
    has_timed_out_ = true;
    socket_->cancel();
  }
  if (is_stream_ && now - last_write_ >= kPingEvery) wake();
}

void Connection::stop() {
  if (is_idle_ || is_stream_) close();
}

void Connection::close() {
  is_closed_ = true;
  is_gone_ = true;
  socket_->close();
  wake();
}

void Connection::set_deadline(std::chrono::milliseconds wait) {
  has_timed_out_ = false;
  deadline_ = now() + wait;
}

void Connection::wake() {
  is_awake_ = true;
  if (sleeping_) std::exchange(sleeping_, nullptr).resume();
}

Detached Connection::serve(std::shared_ptr<Connection> self) {
  const Ending ending(*self);
  self->set_deadline(self->service_.limits().request_timeout);
  Answered<bool> opened([&](auto done) { self->socket_->open(std::move(done)); });
  bool goes_on = co_await opened;
  if (!goes_on) self->is_gone_ = true;
  bool is_first = true;
  while (goes_on) {
    goes_on = co_await self->serve_one(is_first);
    is_first = false;
  }
  self->is_idle_ = false;
  co_await self->hang_up();
}

Task<bool> Connection::serve_one(bool is_first) {
  is_answering_ = false;
  const std::size_t head_bytes = co_await read_head(is_first);
  if (head_bytes == 0) co_return false;
  is_answering_ = true;
  RequestParser parser(service_.limits());
  const auto refusal = parser.take_head(std::string_view(input_).substr(0, head_bytes));
  input_.erase(0, head_bytes);
  if (refusal) {
    co_await refuse(*refusal);
    co_return false;
  }
  const RequestHead& head = parser.head();
  const bool is_head = head.method == "HEAD";
  auto admission = service_.admit(head, peer());
  if (auto* denied = std::get_if<Service::Denied>(&admission)) {
    deadline_.reset();
    if (denied->is_late) co_await wait(service_.limits().failed_login_delay);
    const bool goes_on = head.keep_alive && !head.has_body();
    const bool is_sent = co_await send(denied->response, goes_on, is_head);
    co_return goes_on&& is_sent;
  }
  auto& admitted = std::get<Service::Admitted>(admission);
  if (const Route* route = admitted.found.route;
      route != nullptr && route->broadcast != nullptr && !is_head) {
    co_return co_await stream(*route->broadcast, admitted.request);
  }
  if (!parser.is_done()) {
    const bool is_whole = co_await read_body(parser);
    if (!is_whole) co_return false;
  }
  deadline_.reset();
  const Response response = co_await answer(admitted, parser);
  const bool goes_on = head.keep_alive && !service_.is_stopping;
  const bool is_sent = co_await send(response, goes_on, is_head);
  co_return goes_on&& is_sent;
}

Task<std::size_t> Connection::read_head(bool is_first) {
  const Limits& limits = service_.limits();
  is_idle_ = input_.empty();
  idle_since_ = now();
  bool may_begin_empty = true;
  // A connection's first request has had its time since the connection.
  if (!is_first) set_deadline(is_idle_ ? limits.idle_timeout : limits.request_timeout);
  while (true) {
    // RFC 9112, 2.2: an empty line in front of a request is no harm.
    if (may_begin_empty && input_.starts_with("\r\n")) {
      input_.erase(0, 2);
      may_begin_empty = false;
    }
    if (const auto refusal = check_head_bytes(input_, limits)) {
      co_await refuse(*refusal);
      co_return 0;
    }
    const std::size_t end = input_.find(kHeadEnd);
    if (end != std::string::npos) co_return end + kHeadEnd.size();
    const bool was_idle = input_.empty();
    const bool has_more = co_await read_more();
    if (!has_more) {
      if (has_timed_out_ && !was_idle) {
        co_await refuse(kLate);
      }
      co_return 0;
    }
    if (was_idle && !is_first) set_deadline(limits.request_timeout);
    is_idle_ = false;
  }
}

Task<bool> Connection::read_body(RequestParser& parser) {
  if (parser.head().expects_continue && input_.empty()) {
    const bool is_sent = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
    if (!is_sent) co_return false;
  }
  // What a body may be wrapped in.
  std::size_t bytes_left = service_.limits().body_bytes_max + kChunkBytesMax;
  while (true) {
    std::size_t taken = 0;
    if (const auto refusal = parser.take_body(input_, taken)) {
      co_await refuse(*refusal);
      co_return false;
    }
    input_.erase(0, taken);
    if (parser.is_done()) co_return true;
    if (taken > bytes_left || input_.size() > service_.limits().head_bytes_max) {
      co_await refuse(kLargeChunks);
      co_return false;
    }
    bytes_left -= taken;
    const bool has_more = co_await read_more();
    if (!has_more) {
      if (has_timed_out_) co_await refuse(kLate);
      co_return false;
    }
  }
}

Task<Response> Connection::answer(Service::Admitted& admitted, RequestParser& parser) {
  Request& request = admitted.request;
  request.body = std::move(parser).body();
  if (admitted.is_login) {
    Service::Denied login = service_.log_in(request, peer());
    if (login.is_late) co_await wait(service_.limits().failed_login_delay);
    co_return std::move(login.response);
  }
  if (admitted.found.file != nullptr) co_return static_response(*admitted.found.file, request);
  const Route& route = *admitted.found.route;
  // A stream is asked for by HEAD.
  Response response{200, "text/event-stream"};
  if (route.broadcast != nullptr) co_return response;
  if (route.pace == Pace::kQuick) {
    response = Service::call(route, request);
  } else {
    response = co_await run_long(route, request);
  }
  co_return response;
}

Task<Response> Connection::run_long(const Route& route, Request& request) {
  using Shared = std::shared_ptr<Response>;
  Answered<Shared> answered([&](const std::function<void(Shared)>& done) {
    Network& network = service_.network();
    const auto give = [&network, done](Shared response) {
      network.post([done, response = std::move(response)] { done(response); });
    };
    const bool is_taken =
        service_.pool().submit([give, &route, &request](const std::stop_token& stop) {
          request.stop = stop;
          give(std::make_shared<Response>(stop.stop_requested()
                                              ? error_response(503, "the server stops")
                                              : Service::call(route, request)));
        });
    if (!is_taken) give(std::make_shared<Response>(busy_response()));
  });
  const Shared response = co_await answered;
  co_return std::move(*response);
}

Task<bool> Connection::stream(Broadcast& broadcast, const Request& request) {
  deadline_.reset();
  const auto id =
      broadcast.open(request.header("last-event-id").value_or(""),
                     [network = service_.network().shared_from_this(), weak = weak_from_this()] {
                       network->post([weak] {
                         if (const auto self = weak.lock()) self->wake();
                       });
                     });
  if (!id) {
    Response response = error_response(503, "too many streams are open");
    response.headers.emplace_back("Retry-After", "5");
    co_await send(response, false, false);
    co_return false;
  }
  const Closing closing{broadcast, *id};
  is_stream_ = true;
  Response response{200, "text/event-stream"};
  response.headers.emplace_back("X-Accel-Buffering", "no");
  const Sending sending{.keep_alive = false, .is_stream = true, .now = service_.clock().now()};
  const std::string head = response_head(response, sending);
  ++service_.requests;
  const bool is_sent = co_await write(head, kStreamStart);
  if (is_sent) {
    watch_peer(shared_from_this());
    co_await write_stream(broadcast, *id);
  }
  is_gone_ = true;
  socket_->close();
  co_return false;
}

Task<bool> Connection::write_stream(Broadcast& broadcast, std::uint64_t id) {
  while (!is_gone_) {
    const std::vector<Broadcast::Frame> frames = broadcast.take(id, kPieceBytes);
    std::string bytes;
    for (const Broadcast::Frame& frame : frames) bytes += *frame;
    if (bytes.empty() && now() - last_write_ >= kPingEvery) bytes = kPing;
    if (bytes.empty()) {
      Sleep sleep{*this};
      co_await sleep;
      continue;
    }
    const bool is_sent = co_await write({}, bytes);
    if (!is_sent) co_return false;
  }
  co_return false;
}

Detached Connection::watch_peer(std::shared_ptr<Connection> self) {
  std::size_t forgotten = 0;
  while (true) {
    Answered<std::size_t> answered(
        [&](auto done) { self->socket_->read(self->buffer_, std::move(done)); });
    const std::size_t count = co_await answered;
    forgotten += count;
    // A stream's connection serves nothing else: a second request is not answered.
    if (count == 0 || forgotten > self->service_.limits().head_bytes_max) break;
  }
  self->is_gone_ = true;
  // A write that is under way ends, too.
  self->socket_->close();
  self->wake();
}

Task<bool> Connection::hang_up() {
  if (is_gone_ || is_closed_ || service_.is_stopping) co_return true;
  set_deadline(kHangUpTimeout);
  Answered<bool> answered([&](auto done) { socket_->shut_down(std::move(done)); });
  co_await answered;
  std::size_t forgotten = 0;
  while (forgotten < kForgottenBytesMax && !has_timed_out_) {
    input_.clear();
    const bool has_more = co_await read_more();
    if (!has_more) break;
    forgotten += input_.size();
  }
  co_return true;
}

Task<bool> Connection::refuse(const Refusal& refusal) {
  const Response response = refusal_response(refusal);
  const bool is_sent = co_await send(response, false, false);
  co_return is_sent;
}

Task<bool> Connection::send(const Response& response, bool keep_alive, bool is_head) {
  const Sending sending{.keep_alive = keep_alive, .now = service_.clock().now()};
  const std::string head = response_head(response, sending);
  const bool has_body = !is_head && response.status != 204 && response.status != 304;
  std::string_view body = has_body ? response.bytes() : std::string_view();
  ++service_.requests;
  const std::size_t first = std::min(body.size(), kPieceBytes);
  bool is_sent = co_await write(head, body.substr(0, first));
  body.remove_prefix(first);
  while (is_sent && !body.empty()) {
    const std::string_view piece = body.substr(0, kPieceBytes);
    is_sent = co_await write(piece, {});
    body.remove_prefix(piece.size());
  }
  co_return is_sent;
}

Task<bool> Connection::write(std::string_view head, std::string_view body) {
  const auto before = deadline_;
  set_deadline(service_.limits().write_timeout);
  const std::array pieces = {head, body};
  Answered<bool> answered([&](auto done) { socket_->write(pieces, std::move(done)); });
  const bool is_sent = co_await answered;
  deadline_ = before;
  last_write_ = now();
  if (!is_sent) is_gone_ = true;
  co_return is_sent && !is_gone_;
}

Task<bool> Connection::wait(std::chrono::milliseconds wait) {
  Answered<bool> answered(
      [&](const auto& done) { service_.network().after(wait, [done] { done(true); }); });
  const bool is_over = co_await answered;
  co_return is_over;
}

Task<bool> Connection::read_more() {
  Answered<std::size_t> answered([&](auto done) { socket_->read(buffer_, std::move(done)); });
  const std::size_t count = co_await answered;
  input_.append(buffer_.data(), count);
  co_return count > 0;
}

}  // namespace sluice::http
