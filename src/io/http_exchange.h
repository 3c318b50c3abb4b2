#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "io/curl_handles.h"
#include "io/http_client.h"
#include "io/inflater.h"
#include "sluice/base/result.h"

namespace sluice::io {

/// One request to one URL and its answer, without redirects: what libcurl gets, and what its
/// callbacks are given. Lives for the request. Its thread is the caller's.
class HttpExchange {
 public:
  /// What of `request` goes where.
  struct Hop {
    const HttpRequest& request;
    const HttpUrl& url;
    bool with_credentials = true;  ///< and with the request's own headers
    bool public_only = false;      ///< an address of this machine or a private network is refused
    bool connect_only = false;     ///< nothing is sent
  };

  /// All outlive it. `take` may be null: the body is kept.
  HttpExchange(const Hop& hop, const HttpSettings& settings, const TakeBytes* take)
      : hop_(hop), settings_(settings), take_(take) {}
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  /// Sends the request over the connections of `connections`.
  Result<HttpResponse> run(CURLM* connections, const std::stop_token& stop);

 private:
  Status prepare();
  Status set_tls();
  Status set_headers();
  /// Until the answer is complete; libcurl's verdict.
  Result<CURLcode> drive(CURLM* connections, const std::stop_token& stop);
  /// After bytes of a stream: says so to who takes them when nothing more waits. False: an error.
  bool settle(CURLM* connections);
  Error failure(CURLcode code) const;
  Error step_error(Kind kind, std::string_view why) const;
  std::string step() const;

  // libcurl's callbacks. False or a short count ends the request with `problem_`.
  static std::size_t on_header(char* bytes, std::size_t one, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  Status take_header(std::string_view line);
  Status take_body(std::string_view bytes);
  Status take_unpacked(std::string_view bytes);
  /// By the headers: how the body is packed.
  Status begin_body();
  /// kTransient: the body has ended before its packing has.
  Status check_end() const;
  Status check_address(const curl_sockaddr& address);
  bool succeeds(std::string_view where, const std::function<Status()>& call);

  const Hop hop_;
  const HttpSettings& settings_;
  const TakeBytes* const take_;
  CurlEasy easy_;
  CurlList header_list_;
  char details_[CURL_ERROR_SIZE] = {};  // libcurl's words about a failure
  HttpResponse answer_;
  std::size_t header_bytes_ = 0;
  bool has_body_ = false;             // its first bytes came
  std::optional<Inflater> inflater_;  // of a body that is packed
  bool is_broken_ = false;            // of an answer that is no success: what is shown of it ends
  bool is_flowing_ = false;           // bytes were taken, and nobody has said yet that they are all
  std::optional<Error> problem_;      // of a callback
  std::chrono::steady_clock::time_point last_byte_;
};

}  // namespace sluice::io
