// What may be read of a run by somebody who looks now and then: see batch_sql.h.
#include <algorithm>
#include <set>
#include <utility>

#include "engine/batch_sql.h"

namespace sluice::engine {

using data::quote_identifier;

bool BatchSql::is_made(const std::string& name) const {
  if (graph_->live(name)) return true;
  const sql::ViewPlan* const view = plan_.find(name);
  const auto is_table = [this](const std::string& input) {
    return std::ranges::any_of(pipeline_.tables,
                               [&](const TablePart& table) { return table.name == input; });
  };
  // A view without state is made by whoever reads it.
  return view != nullptr && !view->has_state() && view->definition.empty() &&
         std::ranges::all_of(view->inputs, [&](const std::string& input) {
           return is_table(input) || is_made(input);
         });
}

Result<std::vector<WatchedRelation>> BatchSql::relations() {
  using RelationKind = WatchedRelation::Kind;
  std::vector<WatchedRelation> all;
  const auto add = [&](const std::string& name, RelationKind kind, const data::Schema& schema) {
    WatchedRelation relation{.name = name,
                             .kind = kind,
                             .is_of_batch = plan_.streams.contains(name),
                             .schema = connector::chunk_schema(schema)};
    if (kind != RelationKind::kTable && !is_made(name)) {
      relation.lacking = "no sink takes its rows, so batches do not make them";
    }
    all.push_back(std::move(relation));
  };
  for (const SourcePart& source : pipeline_.sources) {
    add(source.name, RelationKind::kSource, plan_.sources.at(source.name));
  }
  for (const TablePart& table : pipeline_.tables) {
    SLUICE_ASSIGN(const data::Schema schema,
                  session_.describe("SELECT * FROM " + quote_identifier(table.name)));
    add(table.name, RelationKind::kTable, schema);
  }
  for (const sql::ViewText& view : pipeline_.views) {
    for (const std::string& name : {view.name, view.late_to}) {
      if (name.empty()) continue;
      if (const sql::ViewPlan* plan = plan_.find(name)) {
        add(name, RelationKind::kView, plan->schema);
      }
    }
  }
  return all;
}

std::string BatchSql::rows_with(const WatchedRelation& relation,
                                const std::vector<std::size_t>& columns) const {
  const std::string& name = relation.name;
  const auto known = plan_.source_columns.find(name);
  const bool is_kept = relation.kind == WatchedRelation::Kind::kSource &&
                       fill_table_.contains(name) && known != plan_.source_columns.end();
  if (!is_kept) return quote_identifier(name);
  // The table of a shared source may have fewer columns than its records.
  const bool all_are_there = std::ranges::all_of(columns, [&](std::size_t column) {
    return known->second.contains(relation.schema[column].name);
  });
  return all_are_there ? quote_identifier(name) : select_name(name);
}

Status BatchSql::read(const WatchedRelation& relation, const std::vector<std::size_t>& columns,
                      const WatchedBatch::Receive& receive) {
  std::string names;
  for (const std::size_t column : columns) {
    names += (names.empty() ? "" : ", ") + quote_identifier(relation.schema[column].name);
  }
  if (names.empty()) names = "true";
  const auto set_aside = [this](bool is_aside) {
    for (auto& [name, scan] : scans_) scan->set_aside(is_aside);
  };
  set_aside(true);
  auto done = [&]() -> Status {
    SLUICE_ASSIGN(const auto rows,
                  sql::make_batch_table(
                      session_, "SELECT " + names + " FROM " + rows_with(relation, columns)));
    return rows->read_chunks({}, receive);
  }();
  set_aside(false);
  return done;
}

}  // namespace sluice::engine
