#include "connectors/generator/generator.h"

#include <algorithm>
#include <limits>

#include "base/nearest.h"
#include "connectors/generator/column_values.h"

namespace sluice::connectors {
namespace {

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const ColumnKind& kind : column_kinds()) names.push_back(kind.name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// `pattern: "INV-####"` as `pattern: {text: "INV-####"}`.
ConfigValue with_shorthand(const ColumnKind& kind, const ConfigValue& given) {
  const bool is_bare =
      given.shape() == ConfigValue::Shape::kScalar || given.shape() == ConfigValue::Shape::kList;
  if (!is_bare || kind.shorthand.empty()) return given;
  return ConfigValue::map({{kind.shorthand, given.location(), given}}, given.location());
}

}  // namespace

Result<Generator::Column> Generator::make_column(const std::string& name, const ConfigValue& given,
                                                 std::uint64_t seed, std::int64_t series) {
  const std::vector<std::string> names = kind_names();
  if (given.shape() != ConfigValue::Shape::kMap) {
    return given.error("column '" + name + "' must say how it is made, such as {sequence: {}}; " +
                       "there is: " + joined(names));
  }
  std::unique_ptr<GeneratedColumn> values;
  double null_fraction = 0;
  for (const ConfigValue::Entry& entry : given.entries()) {
    if (entry.key == "null_fraction") {
      const OptionSpec spec = {
          .name = entry.key, .type = OptionType::kDouble, .minimum = 0, .maximum = 1};
      const ConfigValue map = ConfigValue::map({entry}, given.location());
      SLUICE_ASSIGN(const Options options, Options::validate({spec}, map, "column '" + name + "'"));
      null_fraction = options.number(entry.key);
      continue;
    }
    const auto kind = std::ranges::find(column_kinds(), entry.key, &ColumnKind::name);
    if (kind == column_kinds().end()) {
      const std::string guess = did_you_mean(entry.key, names);
      return ConfigValue::null(entry.key_location)
          .error("no way '" + entry.key + "' to make column '" + name + "'" +
                 (guess.empty() ? "; there is: " + joined(names) : guess));
    }
    if (values) {
      return ConfigValue::null(entry.key_location)
          .error("column '" + name + "' is made in two ways; leave one");
    }
    SLUICE_ASSIGN(const Options options,
                  Options::validate(kind->options, with_shorthand(*kind, entry.value),
                                    kind->name + " of column '" + name + "'"));
    SLUICE_ASSIGN(values, kind->make(options, ColumnContext{seed, name, series}));
  }
  if (!values) {
    return given.error("column '" + name + "' must say how it is made; there is: " + joined(names));
  }
  return Column{std::move(values), CounterRandom(seed, name + " is NULL"), null_fraction};
}

Result<std::shared_ptr<const Generator>> Generator::make(const ConfigValue& columns,
                                                         std::uint64_t seed, RowPlan plan) {
  if (columns.shape() != ConfigValue::Shape::kMap || columns.entries().empty()) {
    return columns.error("'columns' must be a map such as {id: {sequence: {start: 1}}}");
  }
  auto generator = std::make_shared<Generator>();
  generator->plan_ = plan;
  for (const ConfigValue::Entry& entry : columns.entries()) {
    if (generator->schema_.find(entry.key) >= 0) {
      return ConfigValue::null(entry.key_location)
          .error("column '" + entry.key + "' is there twice; SQL ignores the case of names");
    }
    SLUICE_ASSIGN(Column column, make_column(entry.key, entry.value, seed, plan.series));
    generator->schema_.add({entry.key, column.values->type()});
    generator->columns_.push_back(std::move(column));
  }
  return std::shared_ptr<const Generator>(std::move(generator));
}

std::int64_t Generator::numbers_max() const {
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const Column& column : columns_) most = std::min(most, column.values->numbers_max());
  return most;
}

Error Generator::beyond(std::int64_t number) const {
  std::string name;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].values->numbers_max() == numbers_max()) name = schema_[i].name;
  }
  return user_error("column '" + name + "' has no value for row " + std::to_string(number) +
                    ": it is at the end of BIGINT after " + std::to_string(numbers_max()) +
                    " rows; give it another start or step, or fewer rows");
}

void Generator::write(std::size_t column, const RowRange& batch,
                      std::span<const std::uint32_t> rows, BatchTexts& texts,
                      data::VectorWriter& out) const {
  const Column& made = columns_[column];
  made.values->write(batch, rows, texts, out);
  if (made.null_fraction == 0) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (made.is_null(batch.number(rows[i]))) out.set_null(i);
  }
}

}  // namespace sluice::connectors
