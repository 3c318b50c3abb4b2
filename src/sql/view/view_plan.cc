#include "sql/view/view_plan.h"

namespace sluice::sql {

using connector::OutputMode;
using data::quote_identifier;

std::string ViewPlan::rows(OutputMode mode) const {
  const std::string& own = mode == OutputMode::kAppend   ? append
                           : mode == OutputMode::kUpdate ? update
                                                         : complete;
  return own.empty() ? "SELECT * FROM " + quote_identifier(name) : own;
}

std::string before_name(const std::string& view) { return view + "__before"; }

Status check_mode(const ViewPlan& view, OutputMode sink_mode) {
  const OutputMode mode = connector::rows_mode(sink_mode);
  if (view.modes.contains(mode)) return {};
  const std::string subject = "view '" + view.name + "': mode " +
                              std::string(connector::output_mode_name(sink_mode)) +
                              " is not possible ";
  if (view.modes.empty()) {
    return user_error(subject +
                      "since it reads no source and no table: the same rows would come in every "
                      "batch; join it with a source");
  }
  if (view.kind == ViewKind::kJoin && mode == OutputMode::kUpdate) {
    return user_error(subject + "for an outer, semi or anti join of streams; use mode: append");
  }
  if (view.kind == ViewKind::kStateless || view.kind == ViewKind::kDistinct ||
      view.kind == ViewKind::kJoin) {
    return user_error(subject +
                      "without an aggregate: there is no result table to show in full; use "
                      "mode: append");
  }
  const auto why = view.refused_modes.find(mode);
  if (view.kind == ViewKind::kOverResult && why == view.refused_modes.end()) {
    return user_error(subject + "over the result of an aggregate; use mode: complete");
  }
  return user_error(subject + (why != view.refused_modes.end() ? why->second : "for this view"));
}

}  // namespace sluice::sql
