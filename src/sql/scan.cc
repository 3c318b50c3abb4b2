#include "sql/scan.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "sql/duckdb_session.h"
#include "sql/scan_function.h"

namespace sluice::sql {
namespace {

/// Names of table functions live as long as the database and cannot be taken back.
std::string new_function_name() {
  static std::atomic<std::uint64_t> count{0};
  return "sluice_scan_" + std::to_string(count.fetch_add(1));
}

class DuckdbScan final : public Scan {
 public:
  DuckdbScan(Session& session, std::shared_ptr<ScanState> state)
      : session_(session), state_(std::move(state)) {}

  ~DuckdbScan() override {
    bind(nullptr);
    // In a failed transaction the view goes with the transaction or with the session.
    static_cast<void>(session_.execute("DROP VIEW IF EXISTS temp." +
                                       data::quote_identifier(state_->definition.name)));
  }

  void bind(const data::RecordBatch* batch) override {
    const std::lock_guard lock(state_->mutex);
    state_->batch = batch;
    ++state_->generation;
    state_->arenas.clear();
    state_->rejects.clear();
    state_->scanned = false;
  }

  void check(const std::set<std::string>& columns) override {
    state_->checked.clear();
    for (const ScanColumn& column : state_->definition.columns) {
      if (column.decoded && columns.contains(column.field.name)) {
        state_->checked.push_back(column.index);
      }
    }
  }

  ScanOutcome outcome() override {
    ScanOutcome outcome;
    const std::lock_guard lock(state_->mutex);
    outcome.rejects = state_->rejects;
    outcome.scanned = state_->scanned;
    const auto by_row = [](const data::Reject& a, const data::Reject& b) { return a.row < b.row; };
    const auto same_row = [](const data::Reject& a, const data::Reject& b) {
      return a.row == b.row;
    };
    std::stable_sort(outcome.rejects.begin(), outcome.rejects.end(), by_row);
    outcome.rejects.erase(std::unique(outcome.rejects.begin(), outcome.rejects.end(), same_row),
                          outcome.rejects.end());
    outcome.rows_rejected = outcome.rejects.size();
    return outcome;
  }

 private:
  Session& session_;
  std::shared_ptr<ScanState> state_;
};

}  // namespace

Result<std::unique_ptr<Scan>> Scan::define(Session& session, ScanDefinition definition) {
  auto state = std::make_shared<ScanState>();
  state->definition = std::move(definition);
  const std::string function = new_function_name();
  SLUICE_TRY(register_scan_function(DuckdbSession::of(session), function, state));
  SLUICE_TRY(session.execute("CREATE OR REPLACE TEMP VIEW " +
                             data::quote_identifier(state->definition.name) + " AS SELECT * FROM " +
                             function + "()"));
  return std::unique_ptr<Scan>(std::make_unique<DuckdbScan>(session, std::move(state)));
}

}  // namespace sluice::sql
