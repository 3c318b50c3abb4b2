#include "sql/view/late_rows.h"

#include <utility>

#include "data/type.h"
#include "sql/spark/window_calls.h"
#include "sql/view/event_time.h"

namespace sluice::sql {

Result<std::string> late_rows(Session& session, Json select, const std::string& close,
                              const std::vector<std::string>& more) {
  std::vector<std::string> texts = {"*"};
  texts.insert(texts.end(), more.begin(), more.end());
  texts.push_back("(" + close + ") <= " + std::string(kLateBefore));
  SLUICE_ASSIGN(std::vector<Json> items, parse_expressions(session, texts));
  Json condition = std::move(items.back());
  items.pop_back();
  const Json& from = select["from_table"];
  if (type_of(from) == "JOIN" && from["right"].value("alias", "") == kWindowNumber) {
    items[0]["exclude_list"].push_back(std::string(kWindowNumber));
  }
  add_condition(select["where_clause"], std::move(condition));
  select["select_list"] = std::move(items);
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  select["having"] = select["qualify"] = nullptr;
  select["aggregate_handling"] = "STANDARD_HANDLING";
  return query_text(session, std::move(select));
}

Step late_step(const std::string& table, const std::string& count, const std::string& close) {
  const std::string late(kLateBefore);
  // A row is in time once the watermark is less than its close. Times near both ends of all time
  // must not overflow.
  const std::string too_short = "least(" + late + ", 4000000000000000000) - greatest(" + close +
                                ", -4000000000000000000) + 1";
  return {"SELECT CAST(ceil(pow(2, ceil(log2(" + too_short + ") * 16) / 16)) AS BIGINT), " + count +
              " FROM " + table + " WHERE " + close + " <= " + late + " GROUP BY 1",
          Step::Counts::kLate};
}

Result<std::string> window_item(Session& session, const Json& key, const std::string& name) {
  const std::string function = is_class(key, "FUNCTION") ? function_name(key) : "";
  const bool window = function == kWindowFunction;
  if (!window && function != kSessionFunction) return std::string();
  // A key that the view does not show has no name of its own.
  const std::string shown = !name.starts_with("__") ? name : window ? "window" : function;
  SLUICE_ASSIGN(const std::string text, expression_text(session, key));
  return text + " AS " + data::quote_identifier(shown);
}

Error nothing_is_late(const ViewText& view, bool whole) {
  const std::string place = view.late_location.to_string();
  return user_error((place.empty() ? "" : place + ": ") + "view '" + view.name + "': late: " +
                    (whole ? "no row is too late for a result that is kept in full; a sink on the "
                             "view needs mode: append or update"
                           : "no row can be too late for this view; group, deduplicate or join by "
                             "the event time of a source or view with a watermark"));
}

}  // namespace sluice::sql
