#include "engine/watch_notes_table.h"

#include <utility>

#include "data/type.h"
#include "sql/scan/scan.h"

namespace sluice::engine {
namespace {

class TableNotes final : public WatchNotes {
 public:
  TableNotes(std::string watcher, sql::Session& session, const bool& in_transaction)
      : watcher_(std::move(watcher)), session_(session), in_transaction_(in_transaction) {}

  Result<std::vector<std::string>> read() override {
    SLUICE_ASSIGN(
        const auto rows,
        sql::make_batch_table(session_, "SELECT bytes FROM sluice.notes WHERE watcher = " +
                                            data::quote_literal(watcher_) + " ORDER BY piece"));
    std::vector<std::string> pieces;
    SLUICE_TRY(rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows; ++row) {
        pieces.emplace_back(chunk.columns[0].text(row));
      }
      return true;
    }));
    return pieces;
  }

  Status add(std::string_view piece) override {
    // The number is the table's to know: what was added in a batch that was taken back is gone.
    return session_.execute_with_bytes(
        "INSERT INTO sluice.notes SELECT CAST($1 AS VARCHAR), (SELECT coalesce(max(piece), 0) + 1 "
        "FROM sluice.notes WHERE watcher = $1), CAST($2 AS BLOB)",
        {watcher_}, piece);
  }

  Status replace(std::string_view piece) override {
    if (in_transaction_) return put(piece);
    SLUICE_TRY(session_.execute("BEGIN"));
    auto done = put(piece);
    SLUICE_TRY(session_.execute(done ? "COMMIT" : "ROLLBACK"));
    return done;
  }

 private:
  std::string of_watcher() const { return " WHERE watcher = " + data::quote_literal(watcher_); }

  Status put(std::string_view piece) {
    SLUICE_ASSIGN(const sql::Rows known,
                  session_.query("SELECT piece FROM sluice.notes" + of_watcher() + " LIMIT 2"));
    if (known.values.size() == 1) {
      return session_.execute_with_bytes(
          "UPDATE sluice.notes SET bytes = CAST($2 AS BLOB) WHERE watcher = CAST($1 AS VARCHAR)",
          {watcher_}, piece);
    }
    // Planned each time: a plan of the empty table would delete nothing ever.
    if (!known.values.empty()) {
      SLUICE_TRY(session_.execute("DELETE FROM sluice.notes" + of_watcher()));
    }
    return add(piece);
  }

  const std::string watcher_;
  sql::Session& session_;
  const bool& in_transaction_;
};

}  // namespace

WatchNotes& WatchNotesTable::of(const std::string& name) {
  auto& watcher = watchers_[name];
  if (watcher == nullptr) watcher = std::make_unique<TableNotes>(name, session_, in_transaction_);
  return *watcher;
}

}  // namespace sluice::engine
