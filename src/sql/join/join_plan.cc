#include "sql/join/join_plan.h"

#include <string>
#include <utility>
#include <vector>

#include "sql/join/join_bounds.h"
#include "sql/join/join_select.h"
#include "sql/join/join_sides.h"
#include "sql/view/late_rows.h"
#include "sql/view/state_schema.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;
using data::quote_identifier;

std::string side_name(std::size_t which) { return which == JoinSides::kLeft ? "left" : "right"; }

class JoinPlanner {
 public:
  JoinPlanner(Session& session, const ViewSql& view, const JoinSides& sides,
              const JoinBounds& bounds, ViewPlan& plan)
      : session_(session),
        view_(view),
        sides_(sides),
        bounds_(bounds),
        select_(view, sides),
        plan_(plan) {}

  /// `kept`: gets what the state has; null: nobody asks.
  Status make(std::vector<KeptRows>* kept);

 private:
  Status check_keeps(std::size_t which) const;
  Status add_tables();
  Status add_new_rows();
  Status add_matches();
  void add_partners(std::size_t which);
  void add_kept(std::size_t which);
  Status add_left_alone(std::size_t which);
  void add_eviction(std::size_t which);
  Status add_late();
  Status note_kept(std::size_t which, std::vector<KeptRows>& to);

  std::string state(std::size_t which) const {
    return schema_ + quote_identifier(plan_.name + "__" + side_name(which));
  }
  std::string fresh(std::size_t which) const {
    return "temp." + quote_identifier(plan_.name + "__new_" + side_name(which));
  }
  std::string rows() const { return "temp." + quote_identifier(plan_.name + "__rows"); }
  /// `table` under the name by which the view's conditions speak of the side.
  std::string named(std::size_t which, const std::string& table) const {
    return table + " AS " + quote_identifier(sides_.side(which).alias);
  }
  /// The batch's rows of a side with the view's columns, numbered where needed.
  std::string fresh_rows(std::size_t which) const;
  std::string kept_rows(std::size_t which) const;
  std::string fresh_number(std::size_t which) const;
  /// Whether the side is made of joins in the same SELECT (view_parts.h).
  bool is_part(const JoinSide& side) const {
    return side.from.value("table_name", "").starts_with(plan_.name + "__");
  }
  bool semi() const { return sides_.type() == "SEMI" || sides_.type() == "ANTI"; }
  void step(std::string sql, Step::Counts counts = Step::Counts::kNothing) {
    plan_.fold.push_back({std::move(sql), counts});
  }

  Session& session_;
  const ViewSql& view_;
  const JoinSides& sides_;
  const JoinBounds& bounds_;
  JoinSelect select_;
  ViewPlan& plan_;
  std::string schema_;  ///< of state tables, with its point
};

Status JoinPlanner::make(std::vector<KeptRows>* kept) {
  SLUICE_TRY(check_keeps(JoinSides::kLeft));
  SLUICE_TRY(check_keeps(JoinSides::kRight));
  SLUICE_ASSIGN(schema_, state_schema(session_));
  plan_.modes = {OutputMode::kAppend};
  if (sides_.type() == "INNER") plan_.modes.insert(OutputMode::kUpdate);
  SLUICE_TRY(add_tables());
  SLUICE_TRY(add_new_rows());
  SLUICE_TRY(add_matches());
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    add_kept(which);
    add_partners(which);
  }
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    if (sides_.keeps(which)) SLUICE_TRY(add_left_alone(which));
    add_eviction(which);
    if (kept != nullptr) SLUICE_TRY(note_kept(which, *kept));
  }
  return add_late();
}

Status JoinPlanner::note_kept(std::size_t which, std::vector<KeptRows>& to) {
  const JoinSide& side = sides_.side(which);
  KeptRows kept{.what = "rows of " + (is_part(side) ? "the joins below" : "'" + side.alias + "'") +
                        " that wait for partners",
                .keys = {},
                .event_time = "",
                .until = ""};
  for (const Json& condition : sides_.conditions()) {
    if (type_of(condition) != "COMPARE_EQUAL") continue;
    SLUICE_ASSIGN(std::string text, expression_text(session_, condition));
    kept.keys.push_back(std::move(text));
  }
  if (!bounds_.sides[which].done.empty()) {
    kept.until = "the watermark has passed the last partner that ON lets them have";
  }
  to.push_back(std::move(kept));
  return {};
}

/// A row that comes without a partner comes once none can come any more: that must be known.
Status JoinPlanner::check_keeps(std::size_t which) const {
  if (!sides_.keeps(which) || !bounds_.sides[which].done.empty()) return {};
  const JoinSide& waits = sides_.side(which);
  const JoinSide& other = sides_.side(1 - which);
  const Json& place = view_.query()["from_table"]["right"];
  const auto shown = [this](const JoinSide& side) {
    return is_part(side) ? "the joins beside it" : "'" + side.alias + "'";
  };
  const std::string subject = "a " + sides_.type() + " JOIN of streams returns a row of " +
                              shown(waits) +
                              " without a partner once no partner can come any more, which needs ";
  const auto name_of = [this](const JoinSide& side) {
    const std::vector<Json> times = side.events.expressions();
    // The columns of a part are named "side.column" themselves.
    if (is_part(side)) {
      return times.empty() || !is_class(times[0], "COLUMN_REF")
                 ? std::string("t.ts")
                 : times[0]["column_names"].back().get<std::string>();
    }
    const auto text =
        times.empty() ? Result<std::string>("ts") : expression_text(session_, times[0]);
    return side.alias + "." + (text ? *text : "ts");
  };
  const std::string bound =
      "AND " + name_of(other) + " <= " + name_of(waits) + " + INTERVAL 1 HOUR";
  if (other.events.empty() && !is_part(other)) {
    return view_.error(place, subject + "a watermark on '" + other.alias +
                                  "'; give its source one (watermark: {column: ts, delay: 10m}), "
                                  "keep the column in the views between, and bound it in ON, such "
                                  "as " +
                                  bound);
  }
  return view_.error(place, subject + "an upper bound of the event time of " + shown(other) +
                                " in ON (WHERE filters after the join), such as " + bound +
                                ", with a constant interval that is not in months");
}

std::string JoinPlanner::fresh_number(std::size_t which) const {
  const std::string number = JoinSelect::number(which);
  return "rowid + (SELECT coalesce(max(" + number + "), -1) + 1 FROM " + state(which) + ")";
}

std::string JoinPlanner::fresh_rows(std::size_t which) const {
  const std::string number = select_.numbered(which)
                                 ? ", " + fresh_number(which) + " AS " + JoinSelect::number(which)
                                 : "";
  return "SELECT " + sides_.side(which).column_list() + number + " FROM " + fresh(which);
}

std::string JoinPlanner::kept_rows(std::size_t which) const {
  const std::string number = select_.numbered(which) ? ", " + JoinSelect::number(which) : "";
  return "SELECT " + sides_.side(which).column_list() + number + " FROM " + state(which);
}

/// The tables are there from the start, so that views over them bind.
Status JoinPlanner::add_tables() {
  std::string shapes;
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    if (select_.numbered(which) && sides_.side(which).schema.find("rowid") >= 0) {
      return view_.error(view_.query()["from_table"]["right"],
                         "a column named rowid is not possible in a " + sides_.type() +
                             " JOIN of streams; rename it in a view below");
    }
    std::string columns = sides_.side(which).stand_in();
    if (select_.numbered(which)) {
      columns = "SELECT *, 0::BIGINT AS " + JoinSelect::number(which) +
                (semi() ? "" : ", false AS __matched") + " FROM (" + columns + ")";
    }
    plan_.create_state += "CREATE TABLE IF NOT EXISTS " + state(which) + " AS " + columns + "; ";
    plan_.state_tables.push_back(plan_.name + "__" + side_name(which));
    shapes += columns + "; ";
    SLUICE_ASSIGN(const data::Schema kept, session_.describe(columns));
    plan_.origin.columns += side_name(which) + " (" + kept.to_string() + ") ";
  }
  SLUICE_ASSIGN(std::string shown,
                select_.text(session_, sides_.side(JoinSides::kLeft).stand_in(),
                             sides_.side(JoinSides::kRight).stand_in(), sides_.type()));
  SLUICE_ASSIGN(plan_.schema, session_.describe("SELECT * FROM (" + shown + ")"));
  plan_.origin.meaning = sides_.type() + " " + shapes + shown;
  plan_.definition = "SELECT * FROM " + rows();
  if (select_.tracks()) {
    std::string hidden = "__keep";
    for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
      if (!select_.numbered(which)) continue;
      hidden += ", " + JoinSelect::number(which);
      shown = "SELECT *, 0::BIGINT AS " + JoinSelect::number(which) + " FROM (" + shown + ")";
    }
    shown = "SELECT *, true AS __keep FROM (" + shown + ")";
    plan_.definition = "SELECT * EXCLUDE (" + hidden + ") FROM " + rows() + " WHERE __keep";
  }
  plan_.create_state += "CREATE OR REPLACE TEMP TABLE " + quote_identifier(plan_.name + "__rows") +
                        " AS " + shown + " LIMIT 0";
  return {};
}

Status JoinPlanner::add_new_rows() {
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    const JoinBounds::Side& bounds = bounds_.sides[which];
    std::vector<std::string> items;
    if (!sides_.side(which).columns.empty()) {
      for (const std::string& column : sides_.side(which).columns) {
        items.push_back(quote_identifier(column));
      }
    } else {
      items.emplace_back("true AS __none");
    }
    items.push_back((bounds.close.empty() ? "NULL" : bounds.close) + " AS __close");
    SLUICE_ASSIGN(std::string text, sides_.rows_of(session_, which, items));
    // The source is read once, though it is both sides.
    const bool same_late =
        bounds_.sides[JoinSides::kLeft].close == bounds_.sides[JoinSides::kRight].close;
    if (which == JoinSides::kRight && sides_.is_self_join() && same_late)
      text = "SELECT * FROM " + fresh(JoinSides::kLeft);
    step("CREATE OR REPLACE TEMP TABLE " +
         quote_identifier(plan_.name + "__new_" + side_name(which)) + " AS " + text);
  }
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    step("SELECT count(*) FROM " + fresh(which), Step::Counts::kRows);
    if (bounds_.sides[which].close.empty()) continue;
    plan_.fold.push_back(late_step(fresh(which), "count(*)", "__close"));
    step("DELETE FROM " + fresh(which) + " WHERE __close <= " + std::string(kLateBefore));
  }
  return {};
}

Status JoinPlanner::add_matches() {
  const std::string type = semi() ? "SEMI" : "INNER";
  const auto text = [&](const std::string& left, const std::string& right) {
    return select_.tracks() ? select_.tracked(session_, left, right, type)
                            : select_.text(session_, left, right, type);
  };
  const std::string all_right =
      kept_rows(JoinSides::kRight) + " UNION ALL " + fresh_rows(JoinSides::kRight);
  SLUICE_ASSIGN(const std::string of_new, text(fresh_rows(JoinSides::kLeft), all_right));
  SLUICE_ASSIGN(const std::string of_kept,
                text(kept_rows(JoinSides::kLeft), fresh_rows(JoinSides::kRight)));
  step("CREATE OR REPLACE TEMP TABLE " + quote_identifier(plan_.name + "__rows") +
       " AS SELECT * FROM (" + of_new + ") UNION ALL SELECT * FROM (" + of_kept + ")");
  return {};
}

/// Kept rows that found a partner in this batch.
void JoinPlanner::add_partners(std::size_t which) {
  if (!select_.numbered(which)) return;
  const std::string number = JoinSelect::number(which);
  const std::string found = number + " IN (SELECT " + number + " FROM " + rows() + ")";
  step(semi()
           ? "DELETE FROM " + state(which) + " WHERE " + found
           : "UPDATE " + state(which) + " SET __matched = true WHERE NOT __matched AND " + found);
}

void JoinPlanner::add_kept(std::size_t which) {
  const JoinBounds::Side& bounds = bounds_.sides[which];
  const std::string insert = "INSERT INTO " + state(which) + " ";
  const std::string from = " FROM " + named(which, fresh(which));
  const std::string columns = sides_.side(which).column_list();
  if (!select_.numbered(which)) {
    step(insert + "SELECT " + columns + from +
         (bounds.has_keys.empty() ? "" : " WHERE " + bounds.has_keys));
    return;
  }
  const std::string number = JoinSelect::number(which);
  const std::string numbers = "SELECT " + number + " FROM " + rows();
  const std::string numbered = "(" + fresh_rows(which) + ")";
  step(semi() ? insert + "FROM " + numbered + " WHERE " + number + " NOT IN (" + numbers + ")"
              : insert + "SELECT *, " + number + " IN (" + numbers + ") FROM " + numbered);
}

/// Rows that leave and never had a partner, as the view's own SELECT shows them.
Status JoinPlanner::add_left_alone(std::size_t which) {
  const std::string leaving = "SELECT " + sides_.side(which).column_list() + " FROM " +
                              named(which, state(which)) + " WHERE (" + bounds_.sides[which].done +
                              ")" + (semi() ? "" : " AND NOT __matched");
  const std::string nobody = sides_.side(1 - which).stand_in();
  const std::string type = semi() ? "ANTI" : which == JoinSides::kLeft ? "LEFT" : "RIGHT";
  SLUICE_ASSIGN(const std::string text,
                select_.text(session_, which == JoinSides::kLeft ? leaving : nobody,
                             which == JoinSides::kLeft ? nobody : leaving, type));
  std::string more;
  for (const std::size_t side : {JoinSides::kLeft, JoinSides::kRight}) {
    if (select_.numbered(side)) more += ", NULL";
  }
  step("INSERT INTO " + rows() + " SELECT *" + more + ", true FROM (" + text + ")");
  return {};
}

void JoinPlanner::add_eviction(std::size_t which) {
  const std::string& done = bounds_.sides[which].done;
  if (done.empty()) {
    const JoinSide& side = sides_.side(which);
    plan_.warning = "keeps rows of " +
                    (is_part(side) ? "the joins below" : "'" + side.alias + "'") +
                    " for ever, since nothing in the join bounds how long they wait for partners; "
                    "its state grows with the stream";
    return;
  }
  plan_.evict.push_back("DELETE FROM " + named(which, state(which)) + " WHERE " + done);
  plan_.waits_for_watermark = true;
}

/// Each side's late rows are one column, named as the side: the sides' columns share no names. A
/// side that is a part of the view has its own, and waits for no one.
Status JoinPlanner::add_late() {
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    const JoinSide& side = sides_.side(which);
    const std::string& close = bounds_.sides[which].close;
    if (close.empty() || is_part(side)) continue;
    std::string fields;
    for (const data::Field& field : side.schema.fields()) {
      const std::string name = quote_identifier(field.name);
      fields += (fields.empty() ? "" : ", ") + name + " := " + name;
    }
    const std::string column = quote_identifier(side.alias);
    SLUICE_ASSIGN(
        const std::string rows,
        sides_.rows_of(session_, which,
                       {"struct_pack(" + fields + ") AS " + column, close + " AS __close"}));
    plan_.late += (plan_.late.empty() ? "" : " UNION ALL BY NAME ") + ("SELECT " + column) +
                  " FROM (" + rows + ") WHERE __close <= " + std::string(kLateBefore);
  }
  return {};
}

}  // namespace

Result<EventTimes> plan_join(Session& session, const ViewSql& view,
                             const EventTimesByName& relations, ViewPlan& plan,
                             std::vector<KeptRows>* kept) {
  SLUICE_ASSIGN(const JoinSides sides, JoinSides::make(session, view, relations));
  SLUICE_ASSIGN(const JoinBounds bounds, JoinBounds::make(session, view, sides));
  SLUICE_TRY(JoinPlanner(session, view, sides, bounds, plan).make(kept));
  EventTimes times = EventScope::make(view.query(), relations).of_result(view.query());
  times.lag = bounds.lag;
  // The star of a semi join is the left side's columns only.
  const auto gone = [&plan](const Json& tree) {
    bool missing = false;
    visit_expressions(tree, [&](const Json& node) {
      if (!is_class(node, "COLUMN_REF")) return true;
      missing = missing || plan.schema.find(node["column_names"][0].get<std::string>()) < 0;
      return false;
    });
    return missing;
  };
  std::erase_if(times.points, gone);
  std::erase_if(times.windows, gone);
  return times;
}

}  // namespace sluice::sql
