#include "engine/failed_view.h"

#include <optional>
#include <utility>

#include "base/shown_text.h"
#include "data/type.h"

namespace sluice::engine {
namespace {

using data::quote_identifier;

constexpr char kRows[] = "temp.__sluice_failed_rows";
constexpr std::size_t kShownBytes = 400;

/// Computes all columns of all rows of a view.
Status compute(sql::Session& session, const std::string& view) {
  return session.execute("SELECT max(hash(r)) FROM " + quote_identifier(view) + " AS r");
}

/// The view over a part of the source's rows.
Status compute_part(sql::Session& session, const std::string& view, const std::string& source,
                    std::int64_t first, std::int64_t end) {
  SLUICE_TRY(session.execute(
      "CREATE OR REPLACE TEMP VIEW " + quote_identifier(source) + " AS SELECT * FROM " + kRows +
      " WHERE rowid >= " + std::to_string(first) + " AND rowid < " + std::to_string(end)));
  return compute(session, view);
}

/// The first row of the source for which the view fails, as text; null when none does alone.
Result<std::optional<std::string>> find_row(sql::Session& session, const std::string& view,
                                            const std::string& source) {
  SLUICE_TRY(session.execute(std::string("CREATE OR REPLACE TEMP TABLE __sluice_failed_rows AS ") +
                             "SELECT * FROM " + quote_identifier(source)));
  SLUICE_ASSIGN(const auto counted, session.value(std::string("SELECT count(*) FROM ") + kRows));
  std::int64_t first = 0;
  std::int64_t end = std::stoll(counted.value_or("0"));
  while (end - first > 1) {
    const std::int64_t middle = first + (end - first) / 2;
    if (compute_part(session, view, source, first, middle)) {
      first = middle;
    } else {
      end = middle;
    }
  }
  if (end == first || compute_part(session, view, source, first, end)) {
    return std::optional<std::string>();
  }
  return session.value(std::string("SELECT CAST(r AS VARCHAR) FROM ") + kRows +
                       " AS r WHERE r.rowid = " + std::to_string(first));
}

}  // namespace

Error name_failed_view(sql::Session& session, const sql::Plan& plan,
                       const std::set<std::string>& sources, Error error) {
  const std::string& message = error.message();
  const bool is_named = message.starts_with("E_") || message.find(" E_") != std::string::npos;
  if (error.kind() != Kind::kUser || is_named) return error;
  for (const sql::ViewPlan& view : plan.views) {
    if (view.has_state()) continue;  // its rows are those of the state
    const Status computed = compute(session, view.name);
    if (computed) continue;
    // Another failure than the batch's says nothing of it.
    const std::string& reason = computed.error().message();
    if (message.find(reason.substr(0, reason.find('\n'))) == std::string::npos) continue;
    std::string text = "view '" + view.name + "': " + reason;
    if (view.inputs.size() == 1 && sources.contains(view.inputs[0])) {
      const auto row = find_row(session, view.name, view.inputs[0]);
      if (row && *row) {
        text += "; source=" + view.inputs[0] + " row=" + shown_text(**row, kShownBytes);
      }
    }
    return user_error(text +
                      "; mend the row's producer, or let the view bear it (TRY_CAST, TRY(...), "
                      "CASE, WHERE)");
  }
  return error;
}

}  // namespace sluice::engine
