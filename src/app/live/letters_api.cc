#include "app/live/letters_api.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/letters/letter_json.h"
#include "app/live/pipeline_handler.h"
#include "base/json.h"

namespace sluice::app {
namespace {

using http::Request;
using http::Response;

constexpr std::int64_t kLimitDefault = 100;
constexpr std::int64_t kLimitMax = 1000;
constexpr std::int64_t kFromMax = 1'000'000'000;
constexpr std::size_t kBytesMax = 4096;  ///< of a record, in a list

/// A handler of one pipeline's dead letters.
template <class Handle>
http::Handler of_letters(Host& host, Handle handle) {
  return of_pipeline(host,
                     [handle = std::move(handle)](HostedPipeline& pipeline,
                                                  const Request& request) -> Result<Response> {
                       SLUICE_ASSIGN(const auto letters, pipeline.dead_letters());
                       return handle(*letters, request);
                     });
}

/// The query's whole number, or what it is without; null: it is none, or too large.
std::optional<std::int64_t> number_of(const Request& request, std::string_view name,
                                      std::int64_t otherwise, std::int64_t maximum) {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, number);
  if (problem != std::errc() || stop != end || number < 0 || number > maximum) return std::nullopt;
  return number;
}

std::string text_of(const Request& request, std::string_view name) {
  return std::string(request.query_value(name).value_or(""));
}

Result<Response> list(DeadLetters& letters, const Request& request) {
  const auto from = number_of(request, "from", 0, kFromMax);
  const auto limit = number_of(request, "limit", kLimitDefault, kLimitMax);
  if (!from || !limit) {
    return http::error_response(
        400, "'from' and 'limit' are whole numbers; limit is at most " + std::to_string(kLimitMax));
  }
  const DeadLetterFilter filter{text_of(request, "source"), text_of(request, "reason"),
                                text_of(request, "q")};
  SLUICE_ASSIGN(const DeadLetterPage page,
                letters.list(filter, *from, *limit, kBytesMax, request.stop));
  OrderedJson body;
  body["total"] = page.total;
  body["reasons"] = OrderedJson::array();
  for (const DeadLetterCount& reason : page.reasons) {
    body["reasons"].push_back({{"reason", reason.reason}, {"count", reason.count}});
  }
  body["rows"] = OrderedJson::array();
  for (const DeadLetter& letter : page.letters) body["rows"].push_back(letter_json(letter));
  body["elsewhere"] = letters.elsewhere();
  return Response::json(dump_json(body));
}

Result<Response> bytes(DeadLetters& letters, const Request& request) {
  const std::string id(request.parameter("id"));
  auto found = letters.find(id, request.stop);
  if (!found) {
    const bool unknown = found.error().message().starts_with("E_NO_DEAD_LETTER");
    if (unknown) return http::error_response(404, "there is no dead letter '" + id + "'");
    return std::move(found).error();
  }
  Response response;
  response.content_type = "application/octet-stream";
  response.body = std::move(found->bytes).value_or("");
  response.attachment = found->id + ".bin";
  return response;
}

/// What a body asks to be replayed.
struct Wish {
  std::vector<std::string> ids;
  DeadLetterFilter filter;
  bool again = false;
};

/// Null: it is none.
std::optional<Wish> wish_in(const Json& body) {
  if (!body.is_object() || body.empty()) return std::nullopt;
  Wish wish;
  bool narrowed = false;
  for (const auto& [key, value] : body.items()) {
    if (key == "ids") {
      if (!value.is_array() || value.empty()) return std::nullopt;
      for (const Json& id : value) {
        if (!id.is_string()) return std::nullopt;
        wish.ids.push_back(id.get<std::string>());
      }
    } else if (key == "again") {
      if (!value.is_boolean()) return std::nullopt;
      wish.again = value.get<bool>();
    } else {
      std::string* const text = key == "source"   ? &wish.filter.source
                                : key == "reason" ? &wish.filter.reason
                                : key == "q"      ? &wish.filter.contains
                                                  : nullptr;
      if (text == nullptr || !value.is_string()) return std::nullopt;
      *text = value.get<std::string>();
      narrowed = true;
    }
  }
  // `again` alone would mean all.
  if (wish.ids.empty() != narrowed) return std::nullopt;
  return wish;
}

Result<Response> replay(DeadLetters& letters, const Request& request) {
  const auto wish = wish_in(parse_json(request.body));
  if (!wish) {
    return http::error_response(400,
                                "say which dead letters: {\"ids\": [\"...\"]}, or {\"source\": "
                                "\"\", \"reason\": \"\", \"q\": \"\"}, where empty ones match all; "
                                "\"again\": true takes those that were replayed before, too");
  }
  SLUICE_ASSIGN(const ReplayAnswer answer,
                wish->ids.empty() ? letters.replay(wish->filter, wish->again, request.stop)
                                  : letters.replay(wish->ids, wish->again, request.stop));
  OrderedJson body;
  body["accepted"] = answer.accepted;
  body["rejected"] = answer.rejected;
  return Response::json(dump_json(body));
}

}  // namespace

void add_letters_api(http::Routes& routes, Host& host) {
  const std::string path = "/api/pipelines/{pipeline}/dead-letters";
  routes.add("GET", path, of_letters(host, list), http::Pace::kLong);
  routes.add("GET", path + "/{id}/bytes", of_letters(host, bytes), http::Pace::kLong);
  routes.add("POST", path + "/replay", of_letters(host, replay), http::Pace::kLong);
}

}  // namespace sluice::app
