#include "sql/plan/event_time_plan.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "sql/functions/spark_functions.h"
#include "sql/spark/parse_view.h"
#include "sql/tree/ast.h"
#include "sql/view/cast_check.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

bool is_plain_name(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::isalnum(character) != 0 || character == '_';
  });
}

std::string place_of(const Location& location) {
  const std::string place = location.to_string();
  return place.empty() ? "" : place + ": ";
}

/// What lies below a view that is to have a watermark, and does not go with it.
struct Below {
  std::string watermark;  ///< the first source or view that has one; "": none
  bool result = false;    ///< the result of an aggregate is there
};

void look_below(const PlanDraft& draft, const std::vector<std::string>& inputs, Below& below) {
  for (const std::string& input : inputs) {
    if (below.watermark.empty() && draft.plan.latest_event_time.contains(input)) {
      below.watermark = input;
    }
    const ViewPlan* view = draft.plan.find(input);
    if (view == nullptr) continue;
    below.result = below.result || draft.relations.is_result(input);
    look_below(draft, view->inputs, below);
  }
}

}  // namespace

Result<ViewReads> plan_event_time(PlanDraft& draft, const EventTimeOf& of) {
  const std::string table = quote_identifier(of.name);
  // A plain column need not be quoted, even where SQL would take its name for a keyword.
  const bool is_column = of.schema.find(of.event_time) >= 0;
  const std::string time = is_column ? quote_identifier(of.event_time) : of.event_time;
  ViewText text;
  text.name = of.name;
  text.sql = "SELECT " + time + " AS event_time FROM " + table;
  const auto wrong = [&of](const std::string& why) {
    return user_error(place_of(of.location) + "the watermark's column '" + of.event_time + "' of " +
                      std::string(of.kind) + " '" + of.name + "' " + why);
  };
  if (!is_column && is_plain_name(of.event_time)) {
    std::vector<std::string> columns;
    for (const data::Field& field : of.schema.fields()) columns.push_back(field.name);
    const std::string guess = did_you_mean(of.event_time, columns);
    return wrong("does not exist" +
                 (guess.empty() ? "; the " + std::string(of.kind) + " has: " + of.schema.to_string()
                                : guess));
  }
  auto parsed = parse_view(draft.session, text);
  if (!parsed) return wrong("is not an SQL expression: " + parsed.error().message());
  const auto use = check_streams(*parsed, draft.relations.streams());
  if (!use) return wrong("is not possible: " + use.error().message());
  if (*use != StreamUse::kRowByRow) return wrong("must say of each row when its event happened");
  SLUICE_ASSIGN(ViewReads reads, find_reads(*parsed, draft.relations.names()));
  SLUICE_TRY(define_spark_functions(draft.session, reads.functions));
  auto bound = draft.session.describe(parsed->statement());
  if (!bound) return wrong("is not possible: " + bound.error().message());
  const Status zones = check_casts(draft.session, *parsed, {of.name});
  if (!zones) return wrong("is not possible: " + zones.error().message());
  const std::string type = (*bound)[0].type.to_string();
  if (type != "TIMESTAMP" && type != "TIMESTAMPTZ") {
    return wrong("is of type " + type +
                 "; it must be a TIMESTAMP or TIMESTAMPTZ, such as "
                 "to_timestamp(text, 'yyyy-MM-dd HH:mm:ss')");
  }
  EventTimes times;
  times.points = {canonical(parsed->query()["select_list"][0])};
  draft.relations.set_event_times(of.name, std::move(times));
  draft.plan.latest_event_time[of.name] =
      "SELECT count(*), max(epoch_us(event_time)) FROM (" + parsed->statement() + ")";
  return reads;
}

Status plan_event_time_of_view(PlanDraft& draft, const ViewNode& node, const ViewPlan& plan) {
  const ViewText& text = node.sql.text();
  const auto wrong = [&text](const std::string& why) {
    return user_error(place_of(text.event_time_location) + "view '" + text.name +
                      "': a watermark is not possible " + why);
  };
  if (plan.modes.empty() || draft.relations.is_static(text.name)) {
    return wrong("where no source is read: without batches there is no latest event");
  }
  if (text.deduplicate) {
    return wrong(
        "beside deduplicate: the one is of rows before, the other of rows after repeated "
        "ones are removed; write two views, such as {from: " +
        text.name + ", deduplicate: ...}");
  }
  Below below;
  look_below(draft, plan.inputs, below);
  if (!below.watermark.empty()) {
    const bool view = draft.plan.find(below.watermark) != nullptr;
    return wrong("since " + std::string(view ? "view" : "source") + " '" + below.watermark +
                 "', which it reads, has one, and rows have one event time (Spark: redefining "
                 "watermark is disallowed); keep one of the two");
  }
  if (below.result || plan.kind == ViewKind::kAggregate || plan.kind == ViewKind::kOverResult) {
    return wrong(
        "on the result of an aggregate, whose rows wait for a watermark themselves or "
        "come again when they change; put it on a view that the aggregate reads");
  }
  SLUICE_TRY(plan_event_time(draft, {.kind = "view",
                                     .name = text.name,
                                     .schema = plan.schema,
                                     .event_time = text.event_time,
                                     .location = text.event_time_location}));
  return {};
}

}  // namespace sluice::sql
