#pragma once

#include <string>
#include <string_view>

#include "sluice/base/result.h"
#include "sql/join/join_sides.h"

namespace sluice::sql {

/// A view's own SELECT with other relations in the place of the two that it joins.
class JoinSelect {
 public:
  JoinSelect(const ViewSql& view, const JoinSides& sides) : view_(view), sides_(sides) {}

  /// `left` and `right` are SELECTs that give the sides' columns; `type` is what the join becomes.
  Result<std::string> text(Session& session, const std::string& left, const std::string& right,
                           std::string_view type) const;

  /// The same with `left` and `right` giving numbers too where numbered() says so, and these
  /// passed on after the view's columns, and then __keep: whether WHERE holds.
  Result<std::string> tracked(Session& session, const std::string& left, const std::string& right,
                              std::string_view type) const;

  /// Whether it must be known of a side's rows if they had a partner.
  bool numbered(std::size_t which) const;
  bool tracks() const { return numbered(JoinSides::kLeft) || numbered(JoinSides::kRight); }

  /// "__left_id" or "__right_id".
  static std::string number(std::size_t which);

 private:
  Result<std::string> put_in(Session& session, Json select, const std::string& left,
                             const std::string& right, std::string_view type) const;
  Status hide_numbers(Json& select) const;

  const ViewSql& view_;
  const JoinSides& sides_;
};

}  // namespace sluice::sql
