#include "sql/plan/source_plan.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/nearest.h"
#include "sql/functions/spark_functions.h"
#include "sql/spark/parse_view.h"
#include "sql/tree/ast.h"
#include "sql/view/cast_check.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

bool is_plain_name(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::isalnum(character) != 0 || character == '_';
  });
}

}  // namespace

Status plan_source(PlanDraft& draft, const SourceText& source) {
  const std::string table = quote_identifier(source.name);
  SLUICE_ASSIGN(const data::Schema schema, draft.session.describe("SELECT * FROM " + table));
  draft.plan.sources[source.name] = schema;
  draft.plan.source_columns[source.name];
  if (source.event_time.empty()) return {};
  // A plain column need not be quoted, even where SQL would take its name for a keyword.
  const bool is_column = schema.find(source.event_time) >= 0;
  const std::string time = is_column ? quote_identifier(source.event_time) : source.event_time;
  ViewText text;
  text.name = source.name;
  text.sql = "SELECT " + time + " AS event_time FROM " + table;
  const auto wrong = [&source](const std::string& why) {
    const std::string place = source.location.to_string();
    return user_error((place.empty() ? "" : place + ": ") + "the watermark's column '" +
                      source.event_time + "' of source '" + source.name + "' " + why);
  };
  if (!is_column && is_plain_name(source.event_time)) {
    std::vector<std::string> columns;
    for (const data::Field& field : schema.fields()) columns.push_back(field.name);
    const std::string guess = did_you_mean(source.event_time, columns);
    return wrong("does not exist" +
                 (guess.empty() ? "; the source has: " + schema.to_string() : guess));
  }
  auto parsed = parse_view(draft.session, text);
  if (!parsed) return wrong("is not an SQL expression: " + parsed.error().message());
  SLUICE_ASSIGN(const ViewReads reads, find_reads(*parsed, draft.relations.names()));
  SLUICE_TRY(define_spark_functions(draft.session, reads.functions));
  auto bound = draft.session.describe(parsed->statement());
  if (!bound) return wrong("is not possible: " + bound.error().message());
  const Status zones = check_casts(draft.session, *parsed, {source.name});
  if (!zones) return wrong("is not possible: " + zones.error().message());
  const std::string type = (*bound)[0].type.to_string();
  if (type != "TIMESTAMP" && type != "TIMESTAMPTZ") {
    return wrong("is of type " + type +
                 "; it must be a TIMESTAMP or TIMESTAMPTZ, such as "
                 "to_timestamp(text, 'yyyy-MM-dd HH:mm:ss')");
  }
  note_columns(draft, {source.name}, reads);
  EventTimes times;
  times.points = {canonical(parsed->query()["select_list"][0])};
  draft.relations.set_event_times(source.name, std::move(times));
  draft.plan.latest_event_time[source.name] =
      "SELECT max(epoch_us(event_time)) FROM (" + parsed->statement() + ")";
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
