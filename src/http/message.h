#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/base/error.h"

namespace sluice::http {

/// Names with their values, in the order in which they came.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The value of the first pair of this name, written exactly so; null: there is none.
std::optional<std::string_view> value_of(const Pairs& pairs, std::string_view name);

/// A request that has been let in: its Host and Origin were checked, and its token where one is
/// asked for.
struct Request {
  std::string method;  ///< "HEAD" comes as "GET"
  std::string path;    ///< percent-decoded once, UTF-8, without "." and ".." as parts
  Pairs parameters{};  ///< of the route's path, `{name}`
  Pairs query{};       ///< percent-decoded, "+" as blank
  Pairs headers{};     ///< names in lower case
  std::string body{};
  std::string peer{};      ///< the client's address, without port
  std::stop_token stop{};  ///< the server stops: who takes long looks at it

  /// "": there is none, or it is empty.
  std::string_view parameter(std::string_view name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
  /// `name` in lower case.
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string_view> cookie(std::string_view name) const;
};

/// What a handler answers. The server adds the headers that every answer has.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  /// Instead of `body`: bytes that outlive the server.
  std::string_view static_body{};
  /// Others than Content-Type, Content-Length and those of security. `Cache-Control` here takes the
  /// place of no-store.
  Pairs headers{};
  /// Not empty: the name under which a browser saves it, instead of showing it.
  std::string attachment{};

  static Response json(std::string text, int status = 200) {
    return {status, "application/json", std::move(text)};
  }
  static Response text(std::string text, std::string content_type) {
    return {200, std::move(content_type), std::move(text)};
  }
  std::string_view bytes() const {
    return static_body.empty() ? std::string_view(body) : static_body;
  }
};

/// What an error's JSON says besides its message.
struct ErrorDetails {
  std::optional<std::string> code{};  ///< "E_..."
  std::optional<int> line{};
  std::optional<int> column{};
};

/// {"error": {"code": "E_..." | null, "message": "...", "line": n?, "column": n?}}
Response error_response(int status, std::string_view message, const ErrorDetails& details = {});

/// `error` as an answer: kUser 400, kConflict 409, kTransient, kUnknownOutcome and kCancelled 503,
/// else 500. A code E_... at the front of its message becomes the code.
Response error_response(const Error& error);

}  // namespace sluice::http
