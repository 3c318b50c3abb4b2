#include "engine/static_tables.h"

#include <utility>

#include "base/log.h"
#include "engine/dead_letters.h"
#include "engine/selected_records.h"
#include "sql/scan/broken_file.h"
#include "sql/scan/parquet_select.h"

namespace sluice::engine {
namespace {

using data::quote_identifier;

/// What a table is read from, and where its rows are kept.
std::string input_name(const std::string& table) { return table + "__input"; }
std::string static_rows_table(const std::string& table) {
  return "temp." + quote_identifier(table + std::string(sql::kStaticTableEnding));
}

Error with_place(Error error, const TablePart& table) {
  const std::string place = table.location.to_string();
  return std::move(error).with((place.empty() ? "" : place + ": ") + "table '" + table.name + "'");
}

}  // namespace

Status StaticTables::define() {
  for (const TablePart& table : pipeline_.tables) {
    State& state = states_[table.name];
    if (table.source) {
      SLUICE_ASSIGN(state.scan,
                    sql::Scan::define(session_, {input_name(table.name), table.source->columns,
                                                 table.source->decoder.get()}));
    } else {
      auto version = table.files->newest();
      if (!version) return with_place(std::move(version).error(), table);
      if (auto made = view_of(table, *version); !made) {
        return with_place(sql::name_broken_file(session_, *version, std::move(made).error()),
                          table);
      }
    }
    const std::string select = "SELECT * FROM " + quote_identifier(input_name(table.name));
    SLUICE_ASSIGN(state.schema, session_.describe(select));
    SLUICE_TRY(session_.execute("CREATE OR REPLACE TEMP TABLE " + static_rows_table(table.name) +
                                " AS " + select + " LIMIT 0; CREATE OR REPLACE TEMP VIEW " +
                                quote_identifier(table.name) + " AS SELECT * FROM " +
                                static_rows_table(table.name)));
  }
  return {};
}

Status StaticTables::view_of(const TablePart& table, const connector::TableVersion& version) {
  SLUICE_ASSIGN(const std::string rows, sql::parquet_select(session_, version));
  return session_.execute("CREATE OR REPLACE TEMP VIEW " +
                          quote_identifier(input_name(table.name)) + " AS " + rows);
}

Status StaticTables::open(std::stop_token stop) {
  for (const TablePart& table : pipeline_.tables) {
    if (!table.source) continue;
    if (auto result = table.source->source->open(stop); !result) {
      return with_place(std::move(result).error(), table);
    }
  }
  return {};
}

Result<bool> StaticTables::refresh(Micros now, const std::stop_token& stop) {
  bool any = false;
  for (const TablePart& table : pipeline_.tables) {
    State& state = states_.at(table.name);
    const bool due = !state.read_at || (table.refresh > 0 && now - *state.read_at >= table.refresh);
    if (!due) continue;
    auto result = table.source ? read_source(table, state, stop) : read_files(table, state);
    if (!result) return with_place(std::move(result).error(), table);
    any = any || *result;
    state.read_at = now;
  }
  return any;
}

std::unique_ptr<SelectedRecords> StaticTables::select(const TablePart& table,
                                                      const data::RecordBatch& all) {
  if (all.payloads().empty()) return nullptr;
  if (table.latest_by_key) {
    auto selected = SelectedRecords::latest_by_key(all);
    log_info("table " + table.name + ": of " + std::to_string(all.size()) + " records " +
             std::to_string(selected->size()) + " are the newest of their keys, and " +
             std::to_string(selected->tombstones()) + " keys were deleted");
    return selected;
  }
  if (table.source->decoder == nullptr || table.source->on_error == OnError::kFail) {
    return nullptr;
  }
  auto selected = SelectedRecords::with_value(all);
  if (selected->tombstones() == 0) return nullptr;
  log_warn("table " + table.name + ": " + std::to_string(selected->tombstones()) +
           " records without a value (tombstones) are skipped; with latest_by_key: true they "
           "delete the rows of their keys");
  return selected;
}

Result<bool> StaticTables::read_source(const TablePart& table, State& state, std::stop_token stop) {
  connector::Source& source = *table.source->source;
  SLUICE_ASSIGN(const data::Offset start, source.initial());
  data::ReadLimit all;
  all.all = true;
  SLUICE_ASSIGN(const data::Offset end, source.latest(start, all));
  if (state.read_at && end.json == state.version) return false;
  std::unique_ptr<data::RecordBatch> records;
  if (start != end) {
    SLUICE_ASSIGN(records, source.read(start, end, std::move(stop)));
  }
  const std::unique_ptr<SelectedRecords> selected =
      records == nullptr ? nullptr : select(table, *records);
  const data::RecordBatch* rows = selected ? selected.get() : records.get();
  std::unique_ptr<data::RecordBatch> presented;
  if (rows != nullptr && table.source->decoder != nullptr) {
    SLUICE_TRY(table.source->decoder->prepare(*rows));
    presented = table.source->decoder->present(*rows);
    if (presented) rows = presented.get();
  }
  state.scan->bind(rows);
  Status filled = session_.execute("CREATE OR REPLACE TEMP TABLE " + static_rows_table(table.name) +
                                   " AS SELECT * FROM " + quote_identifier(input_name(table.name)));
  const sql::ScanOutcome outcome = state.scan->outcome();
  state.scan->bind(nullptr);
  if (!filled) return std::move(filled).error();
  if (outcome.rejects.empty()) {
    state.version = end.json;
    return true;
  }
  const DeadLetterBatch letters(*rows, outcome.rejects, *table.source->decoder, 0, table.name);
  return user_error("E_BAD_RECORD: " + std::to_string(outcome.rejects.size()) +
                    " records do not decode, the first: " + letters.in_words(0) +
                    "; a table is read in full or not at all: fix the file, or set on_error: null");
}

Result<bool> StaticTables::read_files(const TablePart& table, State& state) {
  SLUICE_ASSIGN(const connector::TableVersion version, table.files->newest());
  if (state.read_at && version.version == state.version) return false;
  if (auto read = read_version(table, state, version); !read) {
    return sql::name_broken_file(session_, version, std::move(read).error());
  }
  state.version = version.version;
  return true;
}

Status StaticTables::read_version(const TablePart& table, const State& state,
                                  const connector::TableVersion& version) {
  SLUICE_ASSIGN(const std::string select, sql::parquet_select(session_, version));
  SLUICE_ASSIGN(const data::Schema schema, session_.describe(select));
  if (schema != state.schema) {
    return user_error("E_TABLE_CHANGED: its columns were (" + state.schema.to_string() +
                      ") and are now (" + schema.to_string() + "); start the pipeline again");
  }
  return session_.execute("CREATE OR REPLACE TEMP TABLE " + static_rows_table(table.name) + " AS " +
                          select);
}

}  // namespace sluice::engine
