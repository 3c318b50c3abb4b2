#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/server_options.h"

namespace sluice::http {

/// Why a request is not answered by its handler.
struct Refusal {
  int status = 400;
  std::string message;
  Pairs headers{};
};

/// Request line and headers as they came, nothing looked up.
struct RequestHead {
  std::string method;
  std::string target;
  int minor_version = 1;  ///< of HTTP/1.x
  Pairs headers{};        ///< names in lower case
  std::optional<std::uint64_t> content_length{};
  bool is_chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;

  bool has_body() const { return is_chunked || content_length.value_or(0) > 0; }
  std::optional<std::string_view> header(std::string_view name) const {
    return value_of(headers, name);
  }
  std::size_t count(std::string_view name) const;
};

/// Looks at the bytes of a head as they arrive, for what a parser may be lenient about and others
/// read otherwise: a line that ends without CR, control characters, a folded line, a blank before a
/// colon, a version that is not HTTP/1.0 or 1.1; and for the limits. `bytes` is all that came,
/// whole or not. Null: nothing is wrong so far.
std::optional<Refusal> check_head_bytes(std::string_view bytes, const Limits& limits);

/// The same of a head that has been parsed: one Host, and one length at most.
std::optional<Refusal> check_head(const RequestHead& head);

}  // namespace sluice::http
