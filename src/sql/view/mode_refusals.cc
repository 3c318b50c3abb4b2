#include "sql/view/mode_refusals.h"

#include <string>

namespace sluice::sql {
namespace {

using connector::OutputMode;

constexpr char kWholeOnly[] =
    "with ORDER BY, LIMIT, DISTINCT or window functions over the aggregate: a change of one row "
    "changes others; use mode: complete";
constexpr char kNoWatermark[] =
    "for an aggregate without a watermark: a later batch may still change every row; give the "
    "source a watermark and group by its event time (GROUP BY window(ts, '5 minutes')), or use ";

/// An aggregate of a stream that has event time, but not among the keys.
Result<std::string> not_by_time(Session& session, const EventScope& events) {
  const Json time = events.expressions()[0];
  SLUICE_ASSIGN(const std::string text, expression_text(session, time));
  const std::string key = events.is_window(time) ? text : "window(" + text + ", '5 minutes')";
  return "for an aggregate without an event time among its keys: a later batch may still change "
         "every row; the watermark is of " +
         text + ": group by it, as it is (GROUP BY " + key + "), or use ";
}

}  // namespace

Status note_refusals(Session& session, const EventScope& events, const AggregateTraits& traits,
                     ViewPlan& plan) {
  if (traits.complete_only) {
    plan.refused_modes[OutputMode::kAppend] = kWholeOnly;
    plan.refused_modes[OutputMode::kUpdate] = kWholeOnly;
    return {};
  }
  if (!traits.closes) {
    std::string why = kNoWatermark;
    if (!events.expressions().empty()) {
      SLUICE_ASSIGN(why, not_by_time(session, events));
    }
    plan.refused_modes[OutputMode::kAppend] =
        why + (traits.sessions ? "mode: complete" : "mode: update or complete");
  }
  if (!traits.sessions) return {};
  plan.refused_modes[OutputMode::kUpdate] =
      std::string(
          "for session windows: a later row may merge two sessions into one, and the rows "
          "written for them would stay; use mode: ") +
      (traits.closes
           ? "append, which writes a session when the watermark has passed it, or complete"
           : "complete, or give the source a watermark and use append");
  if (traits.closes) {
    plan.refused_modes[OutputMode::kAppend] =
        "for session windows beside a reader in mode complete, for which all rows are kept; give "
        "one of the two a view of its own";
  }
  return {};
}

}  // namespace sluice::sql
