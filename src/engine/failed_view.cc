#include "engine/failed_view.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "base/shown_text.h"
#include "data/type.h"

namespace sluice::engine {
namespace {

using data::quote_identifier;

constexpr char kRows[] = "__sluice_failed_rows";
constexpr std::size_t kShownBytes = 400;
constexpr std::chrono::seconds kSearchTime{10};

/// What an error says before it comes to the values: those differ from run to run, when several
/// threads each meet a bad row.
std::string_view without_values(std::string_view message) {
  return message.substr(0, message.find_first_of("'\"0123456789\n"));
}

struct Found {
  std::string place;
  std::string row;
};

class Search {
 public:
  Search(sql::Session& session, const FailedBatch& batch, const Error& error)
      : session_(session), batch_(batch), error_(error), start_(batch.clock.steady()) {}

  /// The view that fails as the batch did; null: none does.
  const sql::ViewPlan* find_view();
  const std::string& reason() const { return reason_; }
  /// The first row of a source for which the view fails; null when none does alone.
  std::optional<Found> find_row(const FailedSource& source);

 private:
  Status run(const std::string& last);
  Status run_view(const sql::ViewPlan& view);
  std::vector<std::string> selects_of(const sql::ViewPlan& view) const;
  void need(const std::string& view);
  bool is_same(const Error& error) const;
  bool is_late() const { return batch_.clock.steady() - start_ > kSearchTime; }
  Status show(const FailedSource& source, std::int64_t first, std::int64_t end);
  bool fails(const FailedSource& source, std::int64_t first, std::int64_t end);

  sql::Session& session_;
  const FailedBatch& batch_;
  const Error& error_;
  std::chrono::nanoseconds start_;
  const sql::ViewPlan* failed_ = nullptr;
  std::set<std::string> needed_;  ///< the failed view and those that it reads, directly or not
  std::string reason_;
};

bool Search::is_same(const Error& error) const {
  const std::string_view shape = without_values(error.message());
  return !shape.empty() && error_.message().find(shape) != std::string::npos;
}

std::vector<std::string> Search::selects_of(const sql::ViewPlan& view) const {
  if (!view.has_state()) return {"SELECT * FROM " + quote_identifier(view.name)};
  std::vector<std::string> selects;
  for (const SinkPart& sink : batch_.pipeline.sinks) {
    if (sink.from == view.name) selects.push_back(view.rows(connector::rows_mode(sink.mode)));
  }
  return selects;
}

/// Folds the batch into the view's state and computes all columns of the rows that it gives.
Status Search::run_view(const sql::ViewPlan& view) {
  for (const sql::Step& step : view.fold) SLUICE_TRY(session_.query(step.sql));
  if (failed_ != nullptr && failed_ != &view) return {};
  for (const std::string& select : selects_of(view)) {
    SLUICE_TRY(session_.query("SELECT max(hash(r)) FROM (" + select + ") AS r"));
  }
  return {};
}

/// Runs the views as a batch does, and takes everything back.
Status Search::run(const std::string& last) {
  SLUICE_TRY(session_.execute("BEGIN TRANSACTION"));
  Status result;
  for (const sql::ViewPlan& view : batch_.plan.views) {
    if (!batch_.graph.live(view.name)) continue;
    if (failed_ != nullptr && !needed_.contains(view.name)) continue;
    result = run_view(view);
    if (result && view.name != last) continue;
    if (!result && failed_ == nullptr && is_same(result.error())) {
      failed_ = &view;
      reason_ = result.error().message();
    }
    break;
  }
  static_cast<void>(session_.execute("ROLLBACK"));
  return result;
}

void Search::need(const std::string& view) {
  const sql::ViewPlan* plan = batch_.plan.find(view);
  if (plan == nullptr || !needed_.insert(view).second) return;
  for (const std::string& input : plan->inputs) need(input);
}

const sql::ViewPlan* Search::find_view() {
  static_cast<void>(run(""));
  if (failed_ != nullptr) need(failed_->name);
  return failed_;
}

/// Lets the source have some of its rows only.
Status Search::show(const FailedSource& source, std::int64_t first, std::int64_t end) {
  std::string hidden;
  for (const std::string& column : source.hidden) {
    hidden += (hidden.empty() ? " EXCLUDE (" : ", ") + quote_identifier(column);
  }
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(source.name) +
                          " AS SELECT *" + hidden + (hidden.empty() ? "" : ")") + " FROM temp." +
                          kRows + " WHERE rowid >= " + std::to_string(first) + " AND rowid < " +
                          std::to_string(end));
}

bool Search::fails(const FailedSource& source, std::int64_t first, std::int64_t end) {
  if (!show(source, first, end)) return false;
  const Status result = run(failed_->name);
  return !result && is_same(result.error());
}

std::optional<Found> Search::find_row(const FailedSource& source) {
  const auto select = source.rows();
  if (!select ||
      !session_.execute(std::string("CREATE OR REPLACE TEMP TABLE ") + kRows + " AS " + *select)) {
    return std::nullopt;
  }
  const std::string table = std::string(" FROM temp.") + kRows;
  const auto count = session_.value("SELECT count(*)" + table);
  if (!count) return std::nullopt;
  std::int64_t first = 0;
  std::int64_t end = std::stoll(count->value_or("0"));
  const std::int64_t rows = end;
  while (end - first > 1 && !is_late()) {
    const std::int64_t middle = first + (end - first) / 2;
    (fails(source, first, middle) ? end : first) = middle;
  }
  const bool alone = end - first == 1 && fails(source, first, end);
  // Another source's rows are looked for with all rows of this one.
  static_cast<void>(show(source, 0, rows));
  if (!alone) return std::nullopt;
  const std::string of_row = table + " AS r WHERE r.rowid = " + std::to_string(first);
  std::string hidden;
  for (const std::string& column : source.hidden) hidden += ", " + quote_identifier(column);
  const auto row =
      session_.value("SELECT CAST(r AS VARCHAR) FROM " + quote_identifier(source.name) +
                     " AS r LIMIT 1 OFFSET " + std::to_string(first));
  Found found;
  found.row = row && *row ? **row : "";
  if (source.place) {
    found.place = source.place(first);
  } else if (!source.place_sql.empty()) {
    const auto place = session_.value("SELECT " + source.place_sql + of_row);
    found.place = place && *place ? **place : "";
  }
  return found;
}

}  // namespace

Error name_failed_view(sql::Session& session, const FailedBatch& batch, Error error) {
  const std::string& message = error.message();
  const bool is_named = message.starts_with("E_") || message.find(" E_") != std::string::npos;
  if (error.kind() != Kind::kUser || is_named) return error;
  Search search(session, batch, error);
  const sql::ViewPlan* view = search.find_view();
  if (view == nullptr) return error;
  const auto text = std::ranges::find(batch.pipeline.views, view->name, &sql::ViewText::name);
  std::string said = text == batch.pipeline.views.end() ? "" : text->location.to_string();
  said += (said.empty() ? "view '" : ": view '") + view->name + "': " + search.reason();
  for (const FailedSource& source : batch.sources) {
    if (!batch.graph.sources_of(view->name).contains(source.name)) continue;
    const auto found = search.find_row(source);
    if (!found) continue;
    said += "; source=" + source.name + (found->place.empty() ? "" : " at ") + found->place +
            " row=" + shown_text(found->row, kShownBytes);
    break;
  }
  return user_error(said +
                    "; fix the row's producer, or let the view tolerate it (TRY_CAST, TRY(...), "
                    "CASE, WHERE)");
}

}  // namespace sluice::engine
