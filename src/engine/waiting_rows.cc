#include "engine/waiting_rows.h"

#include <algorithm>
#include <utility>

#include "sql/files/upserted_rows.h"
#include "sql/scan/scan.h"
#include "sql/view/state_schema.h"
#include "sql/view/state_storage.h"

namespace sluice::engine {
namespace {

using data::quote_identifier;
using data::quote_literal;

std::string waiting_table(const std::string& sink) { return quote_identifier("__waiting_" + sink); }
constexpr const char* kNotes = "__waiting";

}  // namespace

const SinkPart* WaitingRows::find(const std::string& sink) const {
  const auto found = std::ranges::find(pipeline_.sinks, sink, &SinkPart::name);
  return found == pipeline_.sinks.end() ? nullptr : &*found;
}

Result<WaitingBySink> WaitingRows::open(const std::map<std::string, std::string>& selects) {
  SLUICE_ASSIGN(schema_, sql::state_schema(session_));
  const bool rolls =
      std::ranges::any_of(pipeline_.sinks, [](const SinkPart& sink) { return sink.roll.any(); });
  SLUICE_ASSIGN(const bool known, is_known());
  if (!rolls && !known) return WaitingBySink();
  SLUICE_TRY(session_.execute("CREATE TABLE IF NOT EXISTS " + schema_ + kNotes +
                              " (sink VARCHAR, rows BIGINT, since BIGINT, bytes_per_row DOUBLE)"));
  SLUICE_ASSIGN(WaitingBySink waiting, read());
  SLUICE_TRY(check_left(waiting, selects));
  std::erase_if(waiting, [this](const auto& entry) { return find(entry.first) == nullptr; });
  for (const SinkPart& sink : pipeline_.sinks) {
    if (!sink.roll.any()) continue;
    if (waiting[sink.name].rows > 0) continue;
    SLUICE_TRY(sql::create_state_table(session_, schema_ + waiting_table(sink.name),
                                       selects.at(sink.name)));
  }
  return waiting;
}

Result<bool> WaitingRows::is_known() {
  SLUICE_ASSIGN(const auto known,
                session_.value("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'state' AND "
                               "table_name = " +
                               quote_literal(kNotes)));
  return known.has_value();
}

Result<WaitingBySink> WaitingRows::left() {
  SLUICE_ASSIGN(schema_, sql::state_schema(session_));
  SLUICE_ASSIGN(const bool known, is_known());
  return known ? read() : Result<WaitingBySink>(WaitingBySink());
}

Result<WaitingBySink> WaitingRows::read() {
  SLUICE_ASSIGN(const sql::Rows rows,
                session_.query("SELECT sink, rows, since, bytes_per_row FROM " + schema_ + kNotes));
  WaitingBySink waiting;
  for (const auto& row : rows.values) {
    waiting[row[0].value_or("")] = {std::stoll(row[1].value_or("0")),
                                    std::stoll(row[2].value_or("0")),
                                    std::stod(row[3].value_or("0"))};
  }
  return waiting;
}

Status WaitingRows::check_left(const WaitingBySink& left,
                               const std::map<std::string, std::string>& selects) {
  for (const auto& [name, waiting] : left) {
    if (waiting.rows == 0) continue;
    const std::string what = "E_ROWS_WAITING: " + std::to_string(waiting.rows) +
                             " rows wait in the checkpoint for a file of sink '" + name + "'";
    if (find(name) == nullptr) {
      return user_error(what +
                        ", which is no longer in the pipeline file; put the sink back for one run "
                        "with --available-now, so that they get there");
    }
    SLUICE_ASSIGN(const data::Schema kept,
                  session_.describe("SELECT * FROM " + schema_ + waiting_table(name)));
    SLUICE_ASSIGN(const data::Schema now, session_.describe(selects.at(name)));
    if (kept == now) continue;
    data::Schema with_deletes = kept;
    with_deletes.add({std::string(connector::kDeletesColumn), data::TypeId::kBoolean});
    if (with_deletes == now) {
      // Written before rows could delete their keys: none of them does.
      SLUICE_TRY(session_.execute("ALTER TABLE " + schema_ + waiting_table(name) + " ADD COLUMN " +
                                  std::string(connector::kDeletesColumn) +
                                  " BOOLEAN DEFAULT false"));
      continue;
    }
    return user_error(what + ", with the columns (" + kept.to_string() + "), which are now (" +
                      now.to_string() +
                      "); run the pipeline as it was once with --available-now, so that they get "
                      "there, and then as it is");
  }
  return {};
}

bool WaitingRows::due(const WaitingBySink& waiting, Micros now, bool at_end) const {
  return std::ranges::any_of(waiting, [&](const auto& entry) {
    const SinkPart* sink = find(entry.first);
    return sink != nullptr && due(*sink, entry.second, now, at_end);
  });
}

bool WaitingRows::due(const SinkPart& sink, const Waiting& waiting, Micros now, bool at_end) const {
  const RollPolicy& roll = sink.roll;
  if (waiting.rows == 0) return false;
  if (at_end || !roll.any()) return true;
  if (roll.rows > 0 && waiting.rows >= roll.rows) return true;
  if (roll.every > 0 && now - waiting.since >= roll.every) return true;
  // What a row takes in a file is known once one is written.
  return roll.bytes > 0 &&
         (waiting.bytes_per_row <= 0 || static_cast<double>(waiting.rows) * waiting.bytes_per_row >=
                                            static_cast<double>(roll.bytes));
}

Result<std::int64_t> WaitingRows::add(const SinkPart& sink, const std::string& select, Micros now,
                                      Waiting& waiting) {
  sql::UpsertedRows counts;
  const std::string table = schema_ + waiting_table(sink.name);
  if (sink.mode == connector::OutputMode::kUpsert) {
    SLUICE_ASSIGN(counts, sql::upsert_into(session_, table, select, sink.upsert));
  } else {
    SLUICE_ASSIGN(const auto count, session_.value("INSERT INTO " + table + " " + select));
    counts.added = std::stoll(count.value_or("0"));
  }
  if (waiting.rows == 0) waiting.since = now;
  waiting.rows += counts.added - counts.replaced;
  return counts.added;
}

Result<std::unique_ptr<connector::BatchTable>> WaitingRows::rows(const std::string& sink) {
  return sql::make_batch_table(session_, "SELECT * FROM " + schema_ + waiting_table(sink));
}

Status WaitingRows::forget(const std::string& sink, const connector::Staged& staged,
                           Waiting& waiting) {
  if (staged.rows > 0) {
    waiting.bytes_per_row = static_cast<double>(staged.bytes) / static_cast<double>(staged.rows);
  }
  waiting.rows = 0;
  return session_.execute("DELETE FROM " + schema_ + waiting_table(sink));
}

Status WaitingRows::record(const WaitingBySink& waiting) {
  std::string values;
  for (const auto& [sink, own] : waiting) {
    values += (values.empty() ? " VALUES (" : ", (") + quote_literal(sink) + ", " +
              std::to_string(own.rows) + ", " + std::to_string(own.since) + ", " +
              std::to_string(own.bytes_per_row) + ")";
  }
  if (values.empty()) return {};
  SLUICE_TRY(session_.execute("DELETE FROM " + schema_ + kNotes));
  return session_.execute("INSERT INTO " + schema_ + kNotes + values);
}

}  // namespace sluice::engine
