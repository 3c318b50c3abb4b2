#include "state/position_rows.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace sluice::state {

const char* const kPositionTables = R"(
  CREATE TABLE sluice.positions(
    number BIGINT, batch BIGINT, started TIMESTAMPTZ, plan_hash VARCHAR, offsets VARCHAR,
    rest VARCHAR);
  CREATE VIEW sluice.batches AS
    SELECT batch, started, plan_hash,
      (SELECT json_group_object(o.key, CAST(o.value->>'$' AS JSON)) FROM json_each(p.offsets) o)
        AS offsets
    FROM sluice.positions p WHERE started IS NOT NULL;
  CREATE VIEW sluice.newest AS
    SELECT batch, offsets, rest FROM sluice.positions ORDER BY number DESC LIMIT 1;
  CREATE VIEW sluice.offsets AS
    SELECT o.key AS source, CAST(o.value->>'$' AS JSON) AS "offset"
    FROM sluice.newest n, json_each(n.offsets) o;
  CREATE VIEW sluice.sinks AS
    SELECT s.key AS sink, CAST(s.value->>'batch' AS BIGINT) AS batch,
      s.value->>'plan_hash' AS plan_hash
    FROM sluice.newest n, json_each(n.rest, '$.sinks') s;
  CREATE VIEW sluice.outbox AS
    SELECT CAST(e.key AS INTEGER) AS position, CAST(e.value->>'batch' AS BIGINT) AS batch,
      e.value->>'sink' AS sink, CAST(e.value->>'previous' AS BIGINT) AS previous,
      e.value->>'plan_hash' AS plan_hash, CAST(e.value->>'rows' AS UBIGINT) AS "rows",
      CAST(e.value->>'bytes' AS UBIGINT) AS bytes, e.value->>'action' AS action,
      e.value->>'notes' AS notes
    FROM sluice.newest n, json_each(n.rest, '$.outbox') e;
  CREATE VIEW sluice.watermark AS
    SELECT CAST(rest->>'$.watermark.used' AS BIGINT) AS used,
      CAST(rest->>'$.watermark.next' AS BIGINT) AS "next"
    FROM sluice.newest WHERE json_exists(rest, '$.watermark');
  CREATE VIEW sluice.event_times AS
    SELECT t.key AS source, CAST(t.value->>'latest' AS BIGINT) AS latest,
      CAST(t.value->>'seen' AS BIGINT) AS seen
    FROM sluice.newest n, json_each(n.rest, '$.event_times') t;
)";

namespace {

using Parameter = std::optional<std::string>;

/// Newer than the first checkpoints of format 1.
constexpr const char* kEventTablesOfFormat1 = R"(
  CREATE TABLE IF NOT EXISTS sluice.watermark(used BIGINT, "next" BIGINT);
  CREATE TABLE IF NOT EXISTS sluice.event_times(source VARCHAR, latest BIGINT, seen BIGINT);
)";

/// The batches that it still has keep their rows.
constexpr const char* kMoveFromFormat1 = R"(
  ALTER TABLE sluice.batches RENAME TO batches_1;
  DROP TABLE sluice.offsets;
  DROP TABLE sluice.outbox;
  DROP TABLE sluice.sinks;
  DROP TABLE sluice.watermark;
  DROP TABLE sluice.event_times;
)";
constexpr const char* kBatchesFromFormat1 = R"(
  INSERT INTO sluice.positions
    SELECT row_number() OVER (ORDER BY batch) - 1 - count(*) OVER (), batch, started, plan_hash,
      (SELECT json_group_object(o.key, CAST(o.value AS VARCHAR)) FROM json_each(b.offsets) o), '{}'
    FROM sluice.batches_1 b;
  DROP TABLE sluice.batches_1;
  UPDATE sluice.meta SET value = '2' WHERE key = 'format';
)";

Json micros_json(std::optional<Micros> micros) { return micros ? Json(*micros) : Json(); }

std::optional<std::int64_t> integer_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  const bool is_there = found != json.end() && found->is_number_integer();
  return is_there ? std::optional(found->get<std::int64_t>()) : std::nullopt;
}

const Json& member(const Json& json, const char* key) {
  static const Json kNothing = Json::object();
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}

void read_rest(const Json& rest, Moved& moved) {
  for (const auto& [sink, at] : member(rest, "sinks").items()) {
    moved.sinks[sink] = {integer_of(at, "batch").value_or(0), text_member(at, "plan_hash")};
  }
  for (const Json& each : member(rest, "outbox")) {
    OutboxEntry entry;
    entry.sink = text_member(each, "sink");
    entry.previous = integer_of(each, "previous");
    entry.staged = {.batch = integer_of(each, "batch").value_or(0),
                    .action = text_member(each, "action"),
                    .rows = static_cast<std::uint64_t>(integer_of(each, "rows").value_or(0)),
                    .bytes = static_cast<std::uint64_t>(integer_of(each, "bytes").value_or(0)),
                    .plan_hash = text_member(each, "plan_hash"),
                    .notes = text_member(each, "notes")};
    moved.outbox.push_back(std::move(entry));
  }
  const Json& watermark = member(rest, "watermark");
  moved.event_times.used = integer_of(watermark, "used");
  moved.event_times.next = integer_of(watermark, "next");
  for (const auto& [source, times] : member(rest, "event_times").items()) {
    moved.event_times.sources[source] = {integer_of(times, "latest"),
                                         integer_of(times, "seen").value_or(0)};
  }
}

Status read_format_1(sql::Session& session, Moved& moved) {
  const auto micros = [](const Parameter& text) {
    return text ? std::optional<Micros>(std::stoll(*text)) : std::nullopt;
  };
  SLUICE_ASSIGN(const auto last, session.value("SELECT max(batch) FROM sluice.batches"));
  moved.next_batch = last ? to_integer(last) + 1 : 0;
  SLUICE_ASSIGN(const sql::Rows offsets,
                session.query("SELECT source, \"offset\" FROM sluice.offsets"));
  for (const auto& row : offsets.values) moved.offsets[*row[0]] = {row[1].value_or("")};
  SLUICE_ASSIGN(const sql::Rows sinks,
                session.query("SELECT sink, batch, plan_hash FROM sluice.sinks"));
  for (const auto& row : sinks.values) {
    moved.sinks[*row[0]] = {to_integer(row[1]), row[2].value_or("")};
  }
  SLUICE_ASSIGN(const sql::Rows outbox,
                session.query("SELECT batch, sink, previous, plan_hash, \"rows\", bytes, action, "
                              "notes FROM sluice.outbox ORDER BY batch, position"));
  for (const auto& row : outbox.values) {
    OutboxEntry entry;
    entry.sink = row[1].value_or("");
    if (row[2]) entry.previous = to_integer(row[2]);
    entry.staged = {.batch = to_integer(row[0]),
                    .action = row[6].value_or(""),
                    .rows = static_cast<std::uint64_t>(to_integer(row[4])),
                    .bytes = static_cast<std::uint64_t>(to_integer(row[5])),
                    .plan_hash = row[3].value_or(""),
                    .notes = row[7].value_or("")};
    moved.outbox.push_back(std::move(entry));
  }
  SLUICE_ASSIGN(const sql::Rows watermark,
                session.query("SELECT used, \"next\" FROM sluice.watermark"));
  for (const auto& row : watermark.values) {
    moved.event_times.used = micros(row[0]);
    moved.event_times.next = micros(row[1]);
  }
  SLUICE_ASSIGN(const sql::Rows times,
                session.query("SELECT source, latest, seen FROM sluice.event_times"));
  for (const auto& row : times.values) {
    moved.event_times.sources[*row[0]] = {micros(row[1]), to_integer(row[2])};
  }
  return {};
}

Status move_from_format_1(sql::Session& session) {
  SLUICE_TRY(session.execute(kEventTablesOfFormat1));
  Moved moved;
  SLUICE_TRY(read_format_1(session, moved));
  SLUICE_TRY(session.execute(kMoveFromFormat1));
  SLUICE_TRY(session.execute(kPositionTables));
  SLUICE_TRY(session.execute(kBatchesFromFormat1));
  return add_row(session, 0, moved);
}

}  // namespace

std::int64_t to_integer(const std::optional<std::string>& text) {
  return text ? std::stoll(*text) : 0;
}

std::string offsets_text(const Moved& moved) {
  // As texts: what a source has written comes back byte for byte.
  Json json = Json::object();
  for (const auto& [source, offset] : moved.offsets) json[source] = offset.json;
  return dump_json(json);
}

std::string rest_text(const Moved& moved) {
  Json json = {{"sinks", Json::object()}, {"outbox", Json::array()}};
  for (const auto& [sink, at] : moved.sinks) {
    json["sinks"][sink] = {{"batch", at.batch}, {"plan_hash", at.plan_hash}};
  }
  for (const OutboxEntry& entry : moved.outbox) {
    const connector::Staged& staged = entry.staged;
    json["outbox"].push_back({{"batch", staged.batch},
                              {"sink", entry.sink},
                              {"previous", entry.previous ? Json(*entry.previous) : Json()},
                              {"plan_hash", staged.plan_hash},
                              {"rows", staged.rows},
                              {"bytes", staged.bytes},
                              {"action", staged.action},
                              {"notes", staged.notes}});
  }
  const EventTimes& times = moved.event_times;
  if (!times.sources.empty()) {
    json["watermark"] = {{"used", micros_json(times.used)}, {"next", micros_json(times.next)}};
    for (const auto& [source, at] : times.sources) {
      json["event_times"][source] = {{"latest", micros_json(at.latest)}, {"seen", at.seen}};
    }
  }
  return dump_json(json);
}

Result<NewestRow> newest_row(sql::Session& session, const std::string& path) {
  SLUICE_ASSIGN(const sql::Rows rows,
                session.query("SELECT number, batch, offsets, rest FROM sluice.positions "
                              "ORDER BY number DESC LIMIT 1"));
  NewestRow newest;
  if (rows.values.empty()) return newest;
  const auto& row = rows.values.front();
  newest.number = to_integer(row[0]);
  newest.moved.next_batch = row[1] ? to_integer(row[1]) + 1 : 0;
  const Json offsets = parse_json(row[2].value_or(""));
  const Json rest = parse_json(row[3].value_or(""));
  if (!offsets.is_object() || !rest.is_object()) {
    return corruption_error(
        "E_CHECKPOINT_CORRUPT: " + path +
        ": the newest row of sluice.positions is not a JSON object; restore a backup");
  }
  for (const auto& [source, text] : offsets.items()) {
    newest.moved.offsets[source] = {text.is_string() ? text.get<std::string>() : ""};
  }
  read_rest(rest, newest.moved);
  return newest;
}

Status add_row(sql::Session& session, std::int64_t number, const Moved& moved) {
  const Parameter batch =
      moved.next_batch > 0 ? Parameter(std::to_string(moved.next_batch - 1)) : std::nullopt;
  return session.execute("INSERT INTO sluice.positions VALUES (?, ?, NULL, NULL, ?, ?)",
                         {std::to_string(number), batch, offsets_text(moved), rest_text(moved)});
}

Status upgrade_from_format_1(sql::Session& session) {
  SLUICE_TRY(session.execute("BEGIN"));
  if (auto moved = move_from_format_1(session); !moved) {
    static_cast<void>(session.execute("ROLLBACK"));
    return moved;
  }
  return session.execute("COMMIT");
}

}  // namespace sluice::state
