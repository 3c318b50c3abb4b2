#include "app/live/sql_api.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/live/pipeline_handler.h"
#include "base/json.h"

namespace sluice::app {
namespace {

using http::Request;
using http::Response;

constexpr std::size_t kSqlBytesMax = 100'000;

std::optional<QuestionForm> form_of(const std::string& name) {
  if (name == "rows") return QuestionForm::kRows;
  if (name == "table") return QuestionForm::kTable;
  if (name == "csv") return QuestionForm::kCsv;
  if (name == "json") return QuestionForm::kLines;
  return std::nullopt;
}

/// Null: the body is none.
std::optional<Question> question_in(const Json& body) {
  if (!body.is_object()) return std::nullopt;
  Question question;
  for (const auto& [key, value] : body.items()) {
    if (key == "sql" && value.is_string()) {
      question.sql = value.get<std::string>();
    } else if (key == "limit" && value.is_number_unsigned()) {
      question.rows_max = value.get<std::uint64_t>();
    } else if (key == "format" && value.is_string()) {
      const auto form = form_of(value.get<std::string>());
      if (!form) return std::nullopt;
      question.form = *form;
    } else {
      return std::nullopt;
    }
  }
  const bool has_bounds = question.rows_max >= 1 && question.rows_max <= kQuestionRowsMax;
  if (question.sql.empty() || question.sql.size() > kSqlBytesMax || !has_bounds) {
    return std::nullopt;
  }
  return question;
}

/// The number before the colon that `text` begins with, which are taken off.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (problem != std::errc() || length == text.size() || *end != ':') return std::nullopt;
  text.remove_prefix(length + 1);
  return number;
}

Response failure(const Error& error) {
  if (error.message().starts_with("E_BUSY: ")) {
    Response busy = http::error_response(429, error.message().substr(8), {.code = "E_BUSY"});
    busy.headers.emplace_back("Retry-After", "1");
    return busy;
  }
  if (error.kind() != Kind::kUser) return http::error_response(error);
  std::string_view message = error.message();
  http::ErrorDetails details;
  std::string_view rest = message;
  if (const auto line = take_number(rest)) {
    if (const auto column = take_number(rest); column && rest.starts_with(' ')) {
      details.line = line;
      details.column = column;
      message = rest.substr(1);
    }
  }
  return details.line ? http::error_response(400, message, details) : http::error_response(error);
}

Result<Response> ask(HostedPipeline& pipeline, const Request& request) {
  const auto question = question_in(parse_json(request.body));
  if (!question) {
    return http::error_response(
        400,
        "a question is {\"sql\": \"SELECT ...\"}, of at most 100,000 bytes, with \"limit\": 1 "
        "to " +
            std::to_string(kQuestionRowsMax) +
            " rows and \"format\": rows, table, csv or json where these are not 1000 and "
            "rows");
  }
  auto answer = pipeline.ask(*question, request.stop);
  if (!answer) return failure(answer.error());
  return Response::json(*std::move(answer));
}

}  // namespace

void add_sql_api(http::Routes& routes, Host& host) {
  const std::string path = "/api/pipelines/{pipeline}/";
  routes.add("GET", path + "relations",
             of_pipeline(host, [](HostedPipeline& pipeline, const Request&) -> Result<Response> {
               return Response::json(pipeline.relations_json());
             }));
  routes.add("POST", path + "sql", of_pipeline(host, ask), http::Pace::kLong);
}

}  // namespace sluice::app
