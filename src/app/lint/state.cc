#include <algorithm>
#include <array>

#include "app/lint/reviewed.h"
#include "engine/warnings.h"

namespace sluice::app {
namespace {

using sql::lower;

/// What the engine warns of by itself.
void add_known(const Reviewed& reviewed, Findings& findings) {
  using Sort = engine::Warning::Sort;
  for (engine::Warning& warning : engine::warnings_about(reviewed.pipeline(), reviewed.plan())) {
    std::string_view code;
    switch (warning.sort) {
      case Sort::kUnread:
        code = "LINT_UNUSED_PART";
        break;
      case Sort::kLateUnread:
        code = "LINT_LATE_ROWS_UNREAD";
        break;
      case Sort::kState:
        code = "LINT_UNBOUNDED_STATE";
        break;
      case Sort::kSilence:
        code = "LINT_WHEN_IDLE";
        break;
      case Sort::kShard:
        code = "LINT_SHARD_ROWS";
        break;
    }
    findings.push_back({code, std::move(warning.place), std::move(warning.text)});
  }
}

enum class Growth : unsigned char { kNone, kByTime, kById };

/// A name of which each record has its own.
bool names_one_record(const std::string& column) {
  static constexpr std::array<std::string_view, 16> kIds = {
      "id",         "uuid",       "guid",     "offset",     "event_id",       "message_id",
      "request_id", "trace_id",   "span_id",  "session_id", "transaction_id", "order_id",
      "invoice_id", "payment_id", "click_id", "record_id"};
  std::string name;
  for (const std::string& word : words_of(column)) name += (name.empty() ? "" : "_") + word;
  return std::ranges::find(kIds, name) != kIds.end();
}

/// Without the planner's name of a sliding window and its numbers.
std::string in_words(const std::string& key) {
  constexpr std::string_view kCall = "sluice_window(";
  if (!key.starts_with(kCall)) return key;
  return "window(" + key.substr(kCall.size(), key.find(',') - kCall.size()) + ", ...)";
}

/// How the number of values of a key grows, a column of one of `inputs` or an expression.
Growth growth_of(const Reviewed& reviewed, const std::string& key,
                 const std::vector<std::string>& inputs) {
  const std::string written = lower(key);
  // A day or more: few in the life of a checkpoint.
  for (const char* unit : {"day", "week", "month", "quarter", "year"}) {
    if (written.starts_with("date_trunc('" + std::string(unit))) return Growth::kNone;
  }
  for (const char* call :
       {"window(", "sluice_window(", "session_window(", "date_trunc(", "time_bucket("}) {
    if (written.starts_with(call)) return Growth::kByTime;
  }
  std::string column = key;
  if (column.size() > 2 && column.starts_with('"')) column = column.substr(1, column.size() - 2);
  for (const std::string& input : inputs) {
    const auto type = reviewed.column_type(input, column);
    if (!type) continue;
    const data::TypeId id = type->id();
    if (id == data::TypeId::kTimestamp || id == data::TypeId::kTimestampTz) return Growth::kByTime;
    if (id == data::TypeId::kUuid || names_one_record(column)) return Growth::kById;
  }
  return Growth::kNone;
}

/// Aggregates whose groups grow in number with the stream, and never leave.
void add_groups(const Reviewed& reviewed, const sql::ViewPlan& plan, Findings& findings) {
  const auto kept = reviewed.kept().find(plan.name);
  const ReviewedView* view = reviewed.declared_view(plan.name);
  if (kept == reviewed.kept().end() || view == nullptr || !reviewed.is_endless(plan.name)) return;
  for (const sql::KeptRows& rows : kept->second) {
    if (!rows.until.empty()) continue;
    std::string keys;
    Growth growth = Growth::kNone;
    for (const std::string& key : rows.keys) {
      keys += (keys.empty() ? "" : ", ") + in_words(key);
      growth = std::max(growth, growth_of(reviewed, key, plan.inputs));
    }
    if (growth == Growth::kNone && rows.event_time.empty()) continue;
    const std::string text =
        "view '" + view->text->name + "' keeps " + rows.what + ", by " + keys + ", for ever";
    if (!rows.event_time.empty()) {
      findings.push_back({"LINT_UNBOUNDED_STATE", view->text->location,
                          text + ", although the watermark passes " + in_words(rows.event_time) +
                              ": its whole result is read"});
    } else if (growth == Growth::kByTime) {
      findings.push_back({"LINT_NO_WATERMARK", view->text->location,
                          text + ": no watermark ever passes the time among its keys"});
    } else {
      findings.push_back({"LINT_UNBOUNDED_STATE", view->text->location,
                          text + ", and every record may bring a new one"});
    }
  }
}

/// What the planner's own views warn of, whose names nobody knows.
void add_parts(const Reviewed& reviewed, const sql::ViewPlan& plan, Findings& findings) {
  const ReviewedView* view = reviewed.declared_view(plan.name);
  if (plan.warning.empty() || view == nullptr || view->text->name == plan.name) return;
  findings.push_back({"LINT_UNBOUNDED_STATE", view->text->location,
                      "view '" + view->text->name + "' " + plan.warning});
}

}  // namespace

void lint_state(const Reviewed& reviewed, Findings& findings) {
  add_known(reviewed, findings);
  for (const sql::ViewPlan& plan : reviewed.plan().views) {
    if (plan.kind == sql::ViewKind::kAggregate) add_groups(reviewed, plan, findings);
    add_parts(reviewed, plan, findings);
  }
}

}  // namespace sluice::app
