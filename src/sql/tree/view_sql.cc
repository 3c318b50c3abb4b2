#include "sql/tree/view_sql.h"

#include <algorithm>

#include "base/json.h"
#include "sql/tree/binder_message.h"
#include "sql/tree/function_advice.h"
#include "sql/tree/text_place.h"
#include "sql/tree/window_words.h"

namespace sluice::sql {
namespace {

/// Kafka's column offset is the one reserved word that is likely to be in SQL without quotes.
bool names_offset(const std::string& sql) {
  const std::string text = lower(sql);
  const std::size_t at = text.find("offset");
  return at != std::string::npos && at > 0 && text[at - 1] != '"';
}

std::string first_word(const std::string& sql) {
  const std::size_t begin = std::min(sql.find_first_not_of(" \t\r\n("), sql.size());
  const std::size_t end = std::min(sql.find_first_of(" \t\r\n(;", begin), sql.size());
  return sql.substr(begin, end - begin);
}

Error parse_error(const ViewText& view, const Json& answer) {
  std::string message = answer.value("error_message", "SQL does not parse");
  if (message.starts_with("Only SELECT statements")) {
    message = first_word(view.sql) + " is not possible: a view is one SELECT statement";
  } else if (names_offset(view.sql)) {
    message += "; OFFSET is a reserved word: for the column write \"offset\" in double quotes";
  } else if (const std::string advice = syntax_advice(view.sql, message); !advice.empty()) {
    message += "; " + advice;
  }
  const std::string position = answer.value("position", "0");
  return ViewSql::error_at(view, std::stoull(position), in_words_of_the_user(message));
}

}  // namespace

Result<ViewSql> ViewSql::parse(Session& session, const ViewText& text) {
  if (text.sql.find('\0') != std::string::npos) {
    return error_at(text, text.sql.find('\0'), "SQL contains a NUL character");
  }
  SLUICE_ASSIGN(const auto tree, session.call("json_serialize_sql", mark_window_words(text.sql)));
  Json answer = parse_json(tree.value_or(""));
  if (answer.is_discarded()) return internal_error("view " + text.name + ": unreadable tree");
  if (answer.value("error", false)) return parse_error(text, answer);
  Json& statements = answer["statements"];
  if (statements.empty()) return error_at(text, 0, "no SQL; a view is one SELECT statement");
  if (statements.size() > 1) {
    const Json second = statements[1]["node"].value("select_list", Json::array({nullptr}))[0];
    return ViewSql(text, Json())
        .error(second,
               "a second statement; a view is one SELECT statement: make it a view of its own");
  }
  return ViewSql(text, std::move(statements[0]["node"]));
}

Error ViewSql::error_at(const ViewText& text, std::uint64_t offset, const std::string& message) {
  const std::string place = locate(text.location, text.sql, offset).to_string();
  // The name of a query is one in words, of a view an identifier.
  const bool in_words = text.name.find(' ') != std::string::npos;
  const std::string subject = in_words ? text.name : "view '" + text.name + "'";
  return user_error((place.empty() ? "" : place + ": ") + subject + ": " + message);
}

Error ViewSql::error(const Json& node, const std::string& message) const {
  std::uint64_t offset = 0;
  if (node.is_object()) offset = node.value("query_location", std::uint64_t{0});
  // Nodes that the parser makes itself have no place.
  if (offset > text_.sql.size()) offset = 0;
  return error_at(text_, offset, message);
}

Error ViewSql::error(const std::string& message) const { return error_at(text_, 0, message); }

std::string ViewSql::statement() const {
  if (!rewritten_.empty()) return rewritten_;
  const std::size_t end = text_.sql.find_last_not_of("; \t\r\n");
  return text_.sql.substr(0, end == std::string::npos ? 0 : end + 1);
}

void ViewSql::rewrite(Json query, std::string statement) {
  query_ = std::move(query);
  rewritten_ = std::move(statement);
}

}  // namespace sluice::sql
