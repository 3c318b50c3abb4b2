#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_head.h"

namespace sluice::http {

/// Takes one request apart: first its head, then its body. The only place that knows Boost.Beast,
/// whose parser it is.
class RequestParser {
 public:
  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// `bytes` end with the head's empty line, and have passed check_head_bytes(). A body that is
  /// said to be too large is refused here.
  std::optional<Refusal> take_head(std::string_view bytes);
  const RequestHead& head() const { return head_; }

  /// Takes of the front of `bytes` what belongs to the body; how much, `taken` says.
  /// REQUIRES: not is_done().
  std::optional<Refusal> take_body(std::string_view bytes, std::size_t& taken);
  /// The whole request came.
  bool is_done() const;
  std::string body() &&;

 private:
  struct Parser;
  const std::unique_ptr<Parser> parser_;
  RequestHead head_;
};

}  // namespace sluice::http
