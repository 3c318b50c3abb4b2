#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/message.h"
#include "http/network.h"
#include "http/request_parser.h"
#include "http/service.h"
#include "http/task.h"

namespace sluice::http {

/// One connection: its requests, one after the other, or the stream that it has become. All on the
/// io thread; it lives until its coroutine has ended.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Time = std::chrono::nanoseconds;  ///< of Service::clock().steady()

  Connection(std::unique_ptr<Socket> socket, Service& service);

  /// Serves it. `ended` is called at the end, with whatever came of it.
  void start(std::function<void(Connection&)> ended);

  /// Ends what takes longer than it may, and keeps a quiet stream alive.
  void tick(Time now);
  /// No request more; what is being answered is answered.
  void stop();
  /// All that is under way ends without success.
  void close();

  const Peer& peer() const { return socket_->peer(); }
  /// Nothing of a request has come: it may be closed without harm. Since when, idle_since() says.
  bool is_idle() const { return is_idle_; }
  /// A whole head has come, and its answer has not gone yet.
  bool is_answering() const { return is_answering_; }
  Time idle_since() const { return idle_since_; }
  bool is_stream() const { return is_stream_; }

 private:
  class Ending;
  struct Closing;
  struct Sleep;

  static Detached serve(std::shared_ptr<Connection> self);
  /// One request and its answer; whether another one may follow.
  Task<bool> serve_one(bool is_first);
  /// Until `input_` holds a whole head; its length. 0: there will be none, and an answer has been
  /// sent where one is due.
  Task<std::size_t> read_head(bool is_first);
  Task<bool> read_body(RequestParser& parser);
  Task<Response> answer(Service::Admitted& admitted, RequestParser& parser);
  Task<Response> run_long(const Route& route, Request& request);
  Task<bool> stream(Broadcast& broadcast, const Request& request);
  Task<bool> write_stream(Broadcast& broadcast, std::uint64_t id);
  /// Reads and forgets, to see that the peer is gone.
  static Detached watch_peer(std::shared_ptr<Connection> self);
  /// Ends our side, and reads what still comes for a moment: closed with bytes unread, the answer
  /// would be lost.
  Task<bool> hang_up();

  Task<bool> refuse(const Refusal& refusal);
  Task<bool> send(const Response& response, bool keep_alive, bool is_head);
  Task<bool> write(std::string_view head, std::string_view body);
  Task<bool> wait(std::chrono::milliseconds wait);
  /// More bytes of the peer in `input_`; false: no more come.
  Task<bool> read_more();

  Time now() const { return service_.clock().steady(); }
  void set_deadline(std::chrono::milliseconds wait);
  void wake();

  const std::unique_ptr<Socket> socket_;
  Service& service_;
  std::function<void(Connection&)> ended_;
  std::array<char, 8192> buffer_{};
  std::string input_;             // read, and not yet used
  std::optional<Time> deadline_;  // when what is under way is cancelled
  bool has_timed_out_ = false;
  bool is_idle_ = true;
  bool is_answering_ = false;
  Time idle_since_{};
  bool is_gone_ = false;  // nothing can be sent
  bool is_closed_ = false;

  // Of a stream.
  bool is_stream_ = false;
  std::coroutine_handle<> sleeping_;  // until wake()
  bool is_awake_ = false;             // wake() came while it was not asleep
  Time last_write_{};
};

}  // namespace sluice::http
