#include "sql/view_sql.h"

#include <algorithm>

namespace sluice::sql {
namespace {

/// The place of the byte `offset` of a text that begins at `start`. Columns count characters.
Location locate(const Location& start, std::string_view text, std::uint64_t offset) {
  Location place = start;
  if (start.line == 0) return place;
  text = text.substr(0, std::min<std::uint64_t>(offset, text.size()));
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (lines > 0) {
    place.line += static_cast<int>(lines);
    place.column = 1;
    text.remove_prefix(text.rfind('\n') + 1);
  }
  if (place.column > 0) {
    place.column += static_cast<int>(std::count_if(text.begin(), text.end(), [](char character) {
      return (static_cast<unsigned char>(character) & 0xC0U) != 0x80U;
    }));
  }
  return place;
}

}  // namespace

Error ViewSql::error_at(const ViewText& text, std::uint64_t offset, const std::string& message) {
  const std::string place = locate(text.location, text.sql, offset).to_string();
  return user_error((place.empty() ? "" : place + ": ") + "view '" + text.name + "': " + message);
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
