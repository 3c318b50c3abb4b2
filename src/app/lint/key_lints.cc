#include <algorithm>

#include "app/lint/reviewed.h"

namespace sluice::app {
namespace {

using sql::Json;
using sql::lower;

bool is_float(const std::optional<data::Type>& type) {
  return type && (type->id() == data::TypeId::kReal || type->id() == data::TypeId::kDouble);
}

/// What the top SELECT of the view makes its column `name` of; null: not known.
const Json* made_of(const ReviewedView& view, const std::string& name) {
  if (!view.query.contains("select_list")) return nullptr;
  for (const Json& item : view.query["select_list"]) {
    if (lower(item.value("alias", "")) == lower(name)) return &item;
  }
  return nullptr;
}

/// Expressions by which a view with state finds its rows again, over the columns of its FROM.
void of_groups(const Reviewed& reviewed, const ReviewedView& view, Findings& findings) {
  visit_selects(view.query, [&](const Json& select) {
    const std::vector<FromEntry> from = from_entries(select);
    for (const Json& written : select["group_expressions"]) {
      const Json* key = &written;
      // GROUP BY an alias, or ALL that is no aggregate: what it stands for.
      if (sql::is_class(written, "COLUMN_REF") && written["column_names"].size() == 1) {
        const auto name = written["column_names"][0].get<std::string>();
        bool is_column = false;
        for (const FromEntry& entry : from) {
          const auto type = reviewed.column_type(entry.relation, name);
          is_column = is_column || type;
          if (!is_float(type)) continue;
          findings.push_back(
              {"LINT_FLOAT_KEY", view.place_of(written),
               "view '" + view.text->name + "' groups by '" + name + "', a " + type->to_string()});
        }
        for (const Json& item : select["select_list"]) {
          if (!is_column && lower(item.value("alias", "")) == lower(name)) key = &item;
        }
      }
      const std::string call = changing_call(*key);
      if (call.empty()) continue;
      findings.push_back({"LINT_CHANGING_VALUE", view.place_of(*key),
                          "view '" + view.text->name + "' groups by " + call +
                              ", which is another value each time"});
    }
  });
}

/// A view that runs again over a whole result, and must say what is new in it.
void of_result(const ReviewedView& view, Findings& findings) {
  if (view.plan == nullptr || view.plan->kind != sql::ViewKind::kOverResult) return;
  if (!view.plan->has_state()) return;
  visit_selects(view.query, [&](const Json& select) {
    const std::string call = changing_call(select["select_list"]);
    if (call.empty()) return;
    findings.push_back({"LINT_CHANGING_VALUE", view.text->location,
                        "view '" + view.text->name +
                            "' runs again over the whole result in each batch, and " + call +
                            " makes every row of it new"});
  });
}

void of_sink(const Reviewed& reviewed, const config::SinkEntry& sink, Findings& findings) {
  for (const std::string& column : sink.upsert.columns) {
    if (const auto type = reviewed.column_type(sink.from, column); is_float(type)) {
      findings.push_back(
          {"LINT_FLOAT_KEY", sink.location,
           "sink '" + sink.name + "' finds its rows by '" + column + "', a " + type->to_string()});
    }
    const auto view = std::ranges::find_if(reviewed.views(), [&](const ReviewedView& candidate) {
      return candidate.text->name == sink.from;
    });
    if (view == reviewed.views().end()) continue;
    const Json* item = made_of(*view, column);
    const std::string call = item == nullptr ? "" : changing_call(*item);
    if (call.empty()) continue;
    findings.push_back({"LINT_CHANGING_VALUE", sink.location,
                        "sink '" + sink.name + "' finds its rows by '" + column + "', which is " +
                            call + ", another value each time"});
  }
}

}  // namespace

void lint_keys(const Reviewed& reviewed, Findings& findings) {
  for (const ReviewedView& view : reviewed.views()) {
    of_groups(reviewed, view, findings);
    of_result(view, findings);
  }
  for (const config::SinkEntry& sink : reviewed.file().sinks) of_sink(reviewed, sink, findings);
}

}  // namespace sluice::app
