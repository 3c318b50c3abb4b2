#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"
#include "base/options.h"
#include "connectors/generator/counter_random.h"
#include "data/arena.h"
#include "data/type.h"
#include "data/vector_writer.h"

namespace sluice::connectors {

__extension__ using Int128 = __int128;

/// Texts of one column in one batch, made at the first use and kept as long as the batch, since
/// vectors point to them. Any thread.
struct BatchTexts {
  std::once_flag once;
  data::Arena arena;
  std::vector<std::string_view> texts;  // one a row of the batch
};

/// The rows of a batch, by their numbers.
struct RowRange {
  std::int64_t first = 0;
  std::size_t count = 0;
  std::span<const std::int64_t> numbers{};  ///< empty: first, first + 1 ...

  std::int64_t number(std::size_t row) const {
    return numbers.empty() ? first + static_cast<std::int64_t>(row) : numbers[row];
  }
};

/// What a column is made with.
struct ColumnContext {
  std::uint64_t seed = 0;
  std::string name;         ///< of the column
  std::int64_t series = 1;  ///< RowPlan::series

  /// Numbers for one purpose; others for each.
  CounterRandom random(std::string_view purpose = "") const {
    return {seed, purpose.empty() ? name : name + " " + std::string(purpose)};
  }
};

/// One column of a generator: its values by row number, never NULL. Immutable; any thread.
class GeneratedColumn {
 public:
  virtual ~GeneratedColumn() = default;

  virtual const data::Type& type() const = 0;
  /// Numbers of rows below which every value fits the type.
  virtual std::int64_t numbers_max() const { return std::numeric_limits<std::int64_t>::max(); }
  /// Writes rows `rows` of the batch to rows 0.. of `out`.
  virtual void write(const RowRange& batch, std::span<const std::uint32_t> rows, BatchTexts& texts,
                     data::VectorWriter& out) const = 0;
};

/// How a column can be made: its key in the `columns` of a generator, options and factory.
struct ColumnKind {
  std::string name;
  std::string text;
  std::vector<OptionSpec> options;
  /// The option that a bare value means (`pattern: "INV-####"`); "": a map must be given.
  std::string shorthand;
  Result<std::unique_ptr<GeneratedColumn>> (*make)(const Options&, const ColumnContext&);
};

/// sequence, uniform, normal, choice, timestamp, uuid, pattern, constant, series, signal.
const std::vector<ColumnKind>& column_kinds();

}  // namespace sluice::connectors
