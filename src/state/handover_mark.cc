#include "state/handover_mark.h"

#include <utility>

#include "base/json.h"

namespace sluice::state {
namespace {

std::int64_t number_of(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : 0;
}

Status write_position(Checkpoint& checkpoint, const TakeOver& there) {
  sql::Session& session = checkpoint.session();
  for (const auto& [source, log] : there.logs) {
    SLUICE_TRY(session.execute("DELETE FROM sluice.source_log WHERE source = " +
                               data::quote_literal(source)));
  }
  SLUICE_TRY(checkpoint.record({.batch = there.batch,
                                .started = there.time,
                                .plan_hash = there.plan_hash,
                                .offsets = there.offsets,
                                .outbox = {},
                                .event_times = there.event_times,
                                .log_entries = there.logs,
                                .sinks = there.sinks}));
  return session.execute("DELETE FROM sluice.meta WHERE key = 'handed_over'");
}

}  // namespace

Result<std::optional<HandoverMark>> handover_mark(Checkpoint& checkpoint) {
  SLUICE_ASSIGN(const auto text, checkpoint.session().value(
                                     "SELECT value FROM sluice.meta WHERE key = 'handed_over'"));
  if (!text) return std::optional<HandoverMark>();
  const Json json = parse_json(*text);
  if (!json.is_object()) return std::optional(HandoverMark{.to = "another engine"});
  return std::optional(HandoverMark{text_member(json, "to"), text_member(json, "id"),
                                    text_member(json, "folder"), number_of(json, "batch"),
                                    number_of(json, "time")});
}

Status set_handover_mark(Checkpoint& checkpoint, const HandoverMark& mark) {
  const Json json = {{"to", mark.to},
                     {"id", mark.id},
                     {"folder", mark.folder},
                     {"batch", mark.batch},
                     {"time", mark.time}};
  return checkpoint.session().execute(
      "INSERT OR REPLACE INTO sluice.meta VALUES ('handed_over', ?)", {dump_json(json)});
}

Status refuse_handed_over(Checkpoint& checkpoint) {
  SLUICE_ASSIGN(const auto mark, handover_mark(checkpoint));
  if (!mark) return {};
  return Error(
      Kind::kConflict,
      "E_HANDED_OVER: after batch " + std::to_string(mark->batch) +
          " this checkpoint was handed over to " + mark->to + ", which goes on in " + mark->folder +
          "; to go on here, stop the job there and run: sluice handover FILE --from " + mark->to);
}

Status take_over(Checkpoint& checkpoint, const TakeOver& there) {
  SLUICE_TRY(checkpoint.begin());
  if (auto done = write_position(checkpoint, there); !done) {
    checkpoint.rollback();
    return done;
  }
  return checkpoint.commit();
}

Result<std::int64_t> rows_in_state(Checkpoint& checkpoint, const std::string& table) {
  sql::Session& session = checkpoint.session();
  SLUICE_ASSIGN(const auto known,
                session.value("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'state' "
                              "AND table_name = " +
                              data::quote_literal(table)));
  if (known != "1") return 0;
  SLUICE_ASSIGN(const auto rows,
                session.value("SELECT count(*) FROM state.state." + data::quote_identifier(table)));
  return std::stoll(rows.value_or("0"));
}

Result<std::int64_t> waiting_letters(Checkpoint& checkpoint) {
  SLUICE_ASSIGN(const auto rows,
                checkpoint.session().value("SELECT count(*) FROM sluice.replay_queue"));
  return std::stoll(rows.value_or("0"));
}

}  // namespace sluice::state
