#include "sql/scan/scan.h"

#include <algorithm>
#include <atomic>
#include <tuple>
#include <utility>

#include "sql/duckdb/duckdb_session.h"
#include "sql/scan/scan_function.h"

namespace sluice::sql {
namespace {

/// Names of table functions live as long as the database and cannot be taken back.
std::string new_function_name() {
  static std::atomic<std::uint64_t> count{0};
  return "sluice_scan_" + std::to_string(count.fetch_add(1));
}

class DuckdbScan final : public Scan {
 public:
  DuckdbScan(Session& session, std::string function, std::shared_ptr<ScanState> state)
      : session_(session), function_(std::move(function)), state_(std::move(state)) {}

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
    state_->whole.clear();
    state_->decoded.reset();
    state_->differ = false;
    state_->decode_time = {};
  }

  void check(const std::set<std::string>& columns) override {
    state_->checked.clear();
    for (const ScanColumn& column : state_->definition.columns) {
      if (column.decoded && columns.contains(column.field.name)) {
        state_->checked.push_back(column.index);
      }
    }
  }

  void set_aside(bool is_aside) override { state_->is_aside = is_aside; }

  Result<bool> agree() override {
    const auto columns = [this] {
      return std::vector<std::size_t>(state_->needed.begin(), state_->needed.end());
    };
    const bool has_records = state_->definition.decoder != nullptr && state_->batch != nullptr;
    const bool seen = state_->scanned && std::ranges::includes(state_->whole, state_->needed);
    if (has_records && !seen) {
      state_->checked = columns();
      SLUICE_TRY(session_.value("SELECT count(*) FROM " + function_ + "()"));
    }
    const std::lock_guard lock(state_->mutex);
    if (!state_->differ || state_->rejects.empty()) return true;
    state_->checked = columns();
    return false;
  }

  std::chrono::nanoseconds decode_time() const override {
    const std::lock_guard lock(state_->mutex);
    return state_->decode_time;
  }

  ScanOutcome outcome() override {
    ScanOutcome outcome;
    const std::lock_guard lock(state_->mutex);
    outcome.rejects = state_->rejects;
    // Of several bad fields all scans name the same one.
    const auto by_row = [](const data::Reject& a, const data::Reject& b) {
      return std::tie(a.row, a.column) < std::tie(b.row, b.column);
    };
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
  std::string function_;
  std::shared_ptr<ScanState> state_;
};

}  // namespace

Result<std::unique_ptr<Scan>> Scan::define(Session& session, ScanDefinition definition) {
  auto state = std::make_shared<ScanState>();
  state->definition = std::move(definition);
  SLUICE_ASSIGN(const auto threads, session.value("SELECT current_setting('threads')"));
  state->threads = std::stoul(threads.value_or("1"));
  const std::string function = new_function_name();
  SLUICE_TRY(register_scan_function(DuckdbSession::of(session), function, state));
  SLUICE_TRY(session.execute("CREATE OR REPLACE TEMP VIEW " +
                             data::quote_identifier(state->definition.name) + " AS SELECT * FROM " +
                             function + "()"));
  return std::unique_ptr<Scan>(std::make_unique<DuckdbScan>(session, function, std::move(state)));
}

}  // namespace sluice::sql
