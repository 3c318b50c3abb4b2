#include "sql/plan/source_plan.h"

#include "sql/plan/event_time_plan.h"
#include "sql/tree/ast.h"

namespace sluice::sql {

Status plan_source(PlanDraft& draft, const SourceText& source) {
  SLUICE_ASSIGN(const data::Schema schema,
                draft.session.describe("SELECT * FROM " + data::quote_identifier(source.name)));
  draft.plan.sources[source.name] = schema;
  draft.plan.source_columns[source.name];
  if (source.event_time.empty()) return {};
  SLUICE_ASSIGN(const ViewReads reads, plan_event_time(draft, {.kind = "source",
                                                               .name = source.name,
                                                               .schema = schema,
                                                               .event_time = source.event_time,
                                                               .location = source.location}));
  note_columns(draft, {source.name}, reads);
  return {};
}

void note_columns(PlanDraft& draft, const std::vector<std::string>& inputs,
                  const ViewReads& reads) {
  for (const std::string& input : inputs) {
    const auto source = draft.plan.sources.find(input);
    if (source == draft.plan.sources.end()) continue;
    for (const data::Field& field : source->second.fields()) {
      if (reads.all_columns || reads.columns.contains(lower(field.name))) {
        draft.plan.source_columns[input].insert(field.name);
      }
    }
  }
}

}  // namespace sluice::sql
