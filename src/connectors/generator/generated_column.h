#pragma once

#include <cstdint>
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

/// The rows of a batch: those numbered [first, first + count) of the generator.
struct RowRange {
  std::int64_t first = 0;
  std::size_t count = 0;
};

/// One column of a generator: its values by row number, never NULL. Immutable; any thread.
class GeneratedColumn {
 public:
  virtual ~GeneratedColumn() = default;

  virtual const data::Type& type() const = 0;
  /// Writes rows `rows` (counted from batch.first) to rows 0.. of `out`.
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
  Result<std::unique_ptr<GeneratedColumn>> (*make)(const Options&, const CounterRandom&);
};

/// sequence, uniform, normal, choice, timestamp, uuid, pattern, constant.
const std::vector<ColumnKind>& column_kinds();

}  // namespace sluice::connectors
