#include "http/message.h"

#include <algorithm>

#include "base/ascii_text.h"
#include "base/json.h"

namespace sluice::http {
namespace {

int status_of(Kind kind) {
  switch (kind) {
    case Kind::kUser:
    case Kind::kData:
      return 400;
    case Kind::kConflict:
      return 409;
    case Kind::kTransient:
    case Kind::kUnknownOutcome:
    case Kind::kCancelled:
      return 503;
    case Kind::kCorruption:
    case Kind::kInternal:
      return 500;
  }
  return 500;
}

/// The code that `message` begins with, or that an outer layer's words are in front of.
std::optional<std::string> code_in(std::string_view message) {
  const std::size_t at = message.find("E_");
  if (at == std::string_view::npos || (at > 0 && message[at - 1] != ' ')) return std::nullopt;
  const std::size_t end = message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", at);
  if (end == std::string_view::npos || message[end] != ':') return std::nullopt;
  return std::string(message.substr(at, end - at));
}

}  // namespace

std::optional<std::string_view> value_of(const Pairs& pairs, std::string_view name) {
  const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
  if (found == pairs.end()) return std::nullopt;
  return found->second;
}

std::string_view Request::parameter(std::string_view name) const {
  return value_of(parameters, name).value_or("");
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  return value_of(query, name);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  return value_of(headers, name);
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view one = trimmed(rest.substr(0, end), " ");
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = one.find('=');
      if (equals != std::string_view::npos && one.substr(0, equals) == name) {
        return one.substr(equals + 1);
      }
    }
  }
  return std::nullopt;
}

Response error_response(int status, std::string_view message, const ErrorDetails& details) {
  OrderedJson error;
  error["code"] = details.code ? OrderedJson(*details.code) : OrderedJson(nullptr);
  error["message"] = std::string(message);
  if (details.line) error["line"] = *details.line;
  if (details.column) error["column"] = *details.column;
  OrderedJson document;
  document["error"] = std::move(error);
  return Response::json(dump_json(document) + "\n", status);
}

Response error_response(const Error& error) {
  return error_response(status_of(error.kind()), error.message(), {code_in(error.message())});
}

}  // namespace sluice::http
