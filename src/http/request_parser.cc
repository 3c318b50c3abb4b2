#include "http/request_parser.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/ascii_text.h"

namespace sluice::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

Refusal refusal_of(const error_code& problem, const Limits& limits) {
  using beast::http::error;
  if (problem == error::body_limit) {
    return {413, "a body has " + std::to_string(limits.body_bytes_max) + " bytes at most"};
  }
  if (problem == error::header_limit) return {431, "the headers are too large"};
  return {400, "this is no HTTP request: " + problem.message()};
}

}  // namespace

struct RequestParser::Parser {
  explicit Parser(const Limits& given) : limits(given) {}

  const Limits& limits;
  beast::http::request_parser<beast::http::string_body> beast;
};

RequestParser::RequestParser(const Limits& limits) : parser_(std::make_unique<Parser>(limits)) {
  // Room for the limit's own bytes: check_head_bytes() holds it.
  parser_->beast.header_limit(static_cast<std::uint32_t>(limits.head_bytes_max) + 4);
  parser_->beast.body_limit(limits.body_bytes_max);
  parser_->beast.eager(false);
}

RequestParser::~RequestParser() = default;

std::optional<Refusal> RequestParser::take_head(std::string_view bytes) {
  auto& parser = parser_->beast;
  error_code problem;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), problem);
  const bool is_too_large = problem == beast::http::error::body_limit;
  if (problem && !is_too_large) return refusal_of(problem, parser_->limits);
  if (!is_too_large && !parser.is_header_done()) return Refusal{400, "the head is not whole"};
  const auto& message = parser.get();
  head_.method = std::string(message.method_string());
  head_.target = std::string(message.target());
  head_.minor_version = static_cast<int>(message.version() % 10);
  for (const auto& field : message) {
    head_.headers.emplace_back(lower_case(std::string(field.name_string())),
                               std::string(field.value()));
  }
  if (const auto expect = head_.header("expect")) {
    head_.expects_continue =
        head_.minor_version == 1 && lower_case({expect->data(), expect->size()}) == "100-continue";
  }
  if (auto refusal = check_head(head_)) return refusal;
  if (is_too_large) return refusal_of(problem, parser_->limits);
  if (const auto length = parser.content_length()) head_.content_length = *length;
  head_.is_chunked = parser.chunked();
  head_.keep_alive = parser.keep_alive();
  parser.eager(true);
  return std::nullopt;
}

std::optional<Refusal> RequestParser::take_body(std::string_view bytes, std::size_t& taken) {
  error_code problem;
  taken = parser_->beast.put(boost::asio::buffer(bytes.data(), bytes.size()), problem);
  if (problem && problem != beast::http::error::need_more) {
    return refusal_of(problem, parser_->limits);
  }
  return std::nullopt;
}

bool RequestParser::is_done() const { return parser_->beast.is_done(); }

std::string RequestParser::body() && { return std::move(parser_->beast.get().body()); }

}  // namespace sluice::http
