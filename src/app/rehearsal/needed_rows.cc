#include "app/rehearsal/needed_rows.h"

#include <algorithm>
#include <chrono>

#include "app/rehearsal/given_value.h"

namespace sluice::app {
namespace {

/// Each is a run of the test.
constexpr int kTriesMax = 40;
constexpr std::chrono::seconds kTimeMax{6};

class Reduction {
 public:
  Reduction(RowsOfTables rows, const std::function<Result<bool>(const RowsOfTables&)>& gives_same)
      : rows_(std::move(rows)), gives_same_(gives_same) {}

  Result<RowsOfTables> make(const std::set<std::string>& values) {
    SLUICE_TRY(keep_shared(values));
    std::vector<std::string> names;
    for (const auto& [name, rows] : rows_) names.push_back(name);
    for (const std::string& name : names) SLUICE_TRY(reduce(name));
    return std::move(rows_);
  }

 private:
  Result<bool> try_with(RowsOfTables fewer) {
    const bool is_over =
        tries_ >= kTriesMax || std::chrono::steady_clock::now() - start_ > kTimeMax;
    if (is_over) return false;
    ++tries_;
    SLUICE_ASSIGN(const bool same, gives_same_(fewer));
    if (same) rows_ = std::move(fewer);
    return same;
  }

  Status keep_shared(const std::set<std::string>& values) {
    RowsOfTables fewer;
    bool any = false;
    for (const auto& [name, rows] : rows_) {
      std::vector<WrittenRow>& kept = fewer[name];
      for (const WrittenRow& row : rows) {
        std::set<std::string> own;
        add_values(row.row, own);
        const bool is_shared = std::ranges::any_of(
            own, [&](const std::string& value) { return values.contains(value); });
        if (is_shared || own.empty()) kept.push_back(row);
      }
      any = any || kept.size() < rows.size();
    }
    if (!any) return {};
    SLUICE_ASSIGN(const bool same, try_with(std::move(fewer)));
    static_cast<void>(same);
    return {};
  }

  /// Takes away halves, then quarters ..., as long as nothing changes.
  Status reduce(const std::string& name) {
    std::size_t part = rows_[name].size();
    while (part > 0) {
      for (std::size_t first = 0; first < rows_[name].size();) {
        RowsOfTables fewer = rows_;
        std::vector<WrittenRow>& rows = fewer[name];
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
        const std::size_t size = std::min(part, rows.size() - first);
        rows.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
        SLUICE_ASSIGN(const bool same, try_with(std::move(fewer)));
        if (!same) first += part;
      }
      part /= 2;
    }
    return {};
  }

  RowsOfTables rows_;
  const std::function<Result<bool>(const RowsOfTables&)>& gives_same_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int tries_ = 0;
};

}  // namespace

Result<RowsOfTables> needed_rows(
    const RowsOfTables& all, const std::set<std::string>& values,
    const std::function<Result<bool>(const RowsOfTables&)>& gives_same) {
  return Reduction(all, gives_same).make(values);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as YAML may be.
void add_values(const ConfigValue& row, std::set<std::string>& values) {
  for (const ConfigValue& item : row.items()) add_values(item, values);
  for (const ConfigValue::Entry& entry : row.entries()) add_values(entry.value, values);
  if (row.shape() == ConfigValue::Shape::kScalar && !is_null(row)) values.insert(row.text());
}

}  // namespace sluice::app
