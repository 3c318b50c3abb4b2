#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_text.h"

namespace sluice::sql {

/// A view's SQL while it is planned: its text, which must outlive it, its tree, and the errors that
/// point into it.
class ViewSql {
 public:
  ViewSql(const ViewText& text, Json query) : text_(text), query_(std::move(query)) {}

  /// Parses the text: one SELECT statement, nothing else. The word `window` where it is a name is
  /// marked in the tree (window_words.h), and Spark's calls are as they are: parse_view() of
  /// sql/spark takes both out. kUser errors say where and what.
  static Result<ViewSql> parse(Session& session, const ViewText& text);

  const std::string& name() const { return text_.name; }
  const ViewText& text() const { return text_; }
  /// SQL of the view, for DuckDB: the user's text without the semicolons and blanks at its end,
  /// unless the tree has been rewritten.
  std::string statement() const;
  /// The query node of the one SELECT statement.
  const Json& query() const { return query_; }
  /// Puts another tree in place of the text's; `statement` is its SQL. Places inside stay those of
  /// the text where nodes kept theirs.
  void rewrite(Json query, std::string statement);
  /// Whether the positions of DuckDB's own messages are those of the text.
  bool is_as_written() const { return rewritten_.empty(); }

  /// "pipeline.yaml:12:7: view 'totals': <message>", where `node` is in the SQL.
  Error error(const Json& node, const std::string& message) const;
  Error error(const std::string& message) const;
  /// As above with a byte offset in the SQL text.
  static Error error_at(const ViewText& text, std::uint64_t offset, const std::string& message);

 private:
  const ViewText& text_;
  Json query_;
  std::string rewritten_;  ///< "": the text is as it was
};

}  // namespace sluice::sql
