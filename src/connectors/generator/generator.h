#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "connectors/generator/generated_column.h"
#include "connectors/generator/row_plan.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Seeded rows by number: the same seed and columns give the same row n, on any machine, in any
/// order. Immutable; any thread.
class Generator {
 public:
  /// Reads `{id: {sequence: {start: 1}}, price: {uniform: {...}, null_fraction: 0.1}}`. kUser
  /// errors carry their place.
  static Result<std::shared_ptr<const Generator>> make(const ConfigValue& columns,
                                                       std::uint64_t seed, RowPlan plan = {});

  const RowPlan& plan() const { return plan_; }

  const data::Schema& schema() const { return schema_; }

  /// The first number for which a column has no value any more.
  std::int64_t numbers_max() const;
  /// kUser: that there is no row `number`, and which column has no value for it.
  Error beyond(std::int64_t number) const;

  /// Writes column `column` of the rows `rows` of `batch`. `texts` is the batch's for this column.
  void write(std::size_t column, const RowRange& batch, std::span<const std::uint32_t> rows,
             BatchTexts& texts, data::VectorWriter& out) const;

 private:
  struct Column {
    std::unique_ptr<GeneratedColumn> values;
    CounterRandom nulls;
    double null_fraction = 0;

    bool is_null(std::int64_t row) const {
      return null_fraction > 0 && nulls.unit(row) < null_fraction;
    }
  };

  static Result<Column> make_column(const std::string& name, const ConfigValue& given,
                                    std::uint64_t seed, std::int64_t series);

  RowPlan plan_;
  data::Schema schema_;
  std::vector<Column> columns_;
};

}  // namespace sluice::connectors
