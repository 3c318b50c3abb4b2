#include "connectors/generator/sensor_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "connectors/generator/column_values.h"
#include "connectors/generator/signal.h"

namespace sluice::connectors {
namespace {

using data::Type;
using data::TypeId;
using Made = Result<std::unique_ptr<GeneratedColumn>>;

/// What broken devices send in place of a number.
constexpr std::array<std::string_view, 6> kGarbage = {"ERR", "", "NaN", "--", "1.2.3", "0x1F"};

Made make_series(const Options& options, const ColumnContext& context) {
  const std::string& pattern = options.text("text");
  const std::size_t first = pattern.find('#');
  if (first == std::string::npos) {
    return options.value("text").error(
        "'text' needs a # where the number of the device goes, such as \"sensor-##\"");
  }
  const std::size_t end = std::min(pattern.find_first_not_of('#', first), pattern.size());
  std::vector<std::string> names;
  for (std::int64_t i = 1; i <= context.series; ++i) {
    std::string digits = std::to_string(i);
    if (digits.size() < end - first) digits.insert(0, end - first - digits.size(), '0');
    names.push_back(pattern.substr(0, first) + digits + pattern.substr(end));
  }
  const auto device = [series = context.series](std::int64_t row) {
    return static_cast<std::size_t>(row % series);
  };
  return {std::make_unique<PickedTextColumn<decltype(device)>>(std::move(names), device)};
}

Result<Signal> read_signal(const Options& options, const ColumnContext& context) {
  Signal signal;
  signal.series = context.series;
  signal.base = options.number("base");
  signal.spread = options.number("spread");
  signal.cycle = options.number("cycle");
  signal.cycle_readings = options.integer("cycle_readings");
  signal.drift = options.number("drift");
  signal.drift_readings = options.integer("drift_readings");
  signal.noise = options.number("noise");
  if (options.has("min")) signal.min = options.number("min");
  if (options.has("max")) signal.max = options.number("max");
  if (signal.max < signal.min) {
    return options.value("max").error("'max' must not be less than 'min'");
  }
  signal.stuck_fraction = options.number("stuck_fraction");
  signal.stuck_readings = options.integer("stuck_readings");
  signal.outlier_fraction = options.number("outlier_fraction");
  signal.outlier_by = options.number("outlier_by");
  signal.levels = context.random("level");
  signal.noises = context.random("noise");
  signal.drifts = context.random("drift");
  signal.sticks = context.random("stuck");
  signal.outliers = context.random("outlier");
  return signal;
}

Made make_text_signal(const Signal& signal, double garbage_fraction, CounterRandom garbage) {
  const auto value = [=](std::int64_t row, std::string& out) {
    if (garbage_fraction > 0 && garbage.unit(row) < garbage_fraction) {
      out += kGarbage[garbage.bits(row, 1) % kGarbage.size()];
      return;
    }
    std::array<char, 400> digits{};  // of the largest double, too
    std::snprintf(digits.data(), digits.size(), "%.2f", signal.at(row));
    out += digits.data();
  };
  return {std::make_unique<MadeTextColumn<decltype(value)>>(value)};
}

Made make_number_signal(const Signal& signal, const Type& type) {
  if (type.id() == TypeId::kDouble) {
    const auto value = [=](std::int64_t row) { return signal.at(row); };
    return {std::make_unique<DoubleColumn<decltype(value)>>(value)};
  }
  const double factor = std::pow(10.0, type.scale());
  double limit = std::pow(10.0, type.width());
  if (type.id() == TypeId::kInteger) limit = 0x1.0p31;
  if (type.id() == TypeId::kBigint) limit = 0x1.0p63;
  const auto value = [=](std::int64_t row) {
    // The largest double below the limit is a value of the type.
    const double inside = std::nextafter(limit, 0);
    return static_cast<Int128>(
        std::trunc(std::clamp(std::nearbyint(signal.at(row) * factor), -inside, inside)));
  };
  return {std::make_unique<IntegerColumn<decltype(value)>>(type, value)};
}

Made make_signal(const Options& options, const ColumnContext& context) {
  SLUICE_ASSIGN(const Signal signal, read_signal(options, context));
  const auto type = Type::parse(options.text("type"));
  if (!type) return options.value("type").error(type.error().message());
  const double garbage = options.number("garbage_fraction");
  switch (type->id()) {
    case TypeId::kVarchar:
      return make_text_signal(signal, garbage, context.random("garbage"));
    case TypeId::kDouble:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kDecimal:
      break;
    default:
      return options.value("type").error(
          "'type' must be DOUBLE, INTEGER, BIGINT, DECIMAL(p,s) or VARCHAR, not " +
          type->to_string());
  }
  if (garbage > 0) {
    return options.value("garbage_fraction")
        .error("a " + type->to_string() + " holds no garbage; set type: VARCHAR");
  }
  return make_number_signal(signal, *type);
}

OptionSpec number(std::string name, std::string text, std::string default_text = "0") {
  return {.name = std::move(name),
          .type = OptionType::kDouble,
          .text = std::move(text),
          .default_text = std::move(default_text)};
}

OptionSpec at_least_0(OptionSpec spec) {
  spec.minimum = 0;
  return spec;
}

OptionSpec fraction(std::string name, std::string text) {
  OptionSpec spec = at_least_0(number(std::move(name), std::move(text)));
  spec.maximum = 1;
  return spec;
}

OptionSpec readings(std::string name, std::string text, std::string default_text) {
  return {.name = std::move(name),
          .type = OptionType::kInteger,
          .text = std::move(text),
          .default_text = std::move(default_text),
          .minimum = 1,
          .maximum = 1e9};
}

std::vector<OptionSpec> signal_options() {
  return {
      number("base", "Level."),
      at_least_0(number("spread", "How far devices' own levels are from it, each way.")),
      at_least_0(number("cycle", "Height of a wave (a day's), each way.")),
      readings("cycle_readings", "Readings of a device in one wave.", "1440"),
      at_least_0(number("drift", "How far the value wanders off slowly, each way.")),
      readings("drift_readings", "Readings in which it may have wandered anywhere.", "1000"),
      at_least_0(number("noise", "Standard deviation of each reading.")),
      number("min", "No lower.", ""),
      number("max", "No higher.", ""),
      fraction("stuck_fraction", "Of the readings, how many repeat one value: 0 to 1."),
      readings("stuck_readings", "So many in a row.", "20"),
      fraction("outlier_fraction", "Of the rows, how many are far off, bounds or not: 0 to 1."),
      at_least_0(number("outlier_by", "How far.", "100")),
      fraction("garbage_fraction",
               "Of the rows, how many are a text such as ERR: 0 to 1, of a VARCHAR."),
      {.name = "type",
       .text = "SQL type: DOUBLE, INTEGER, BIGINT, DECIMAL(p,s), or VARCHAR (two digits after the "
               "point).",
       .default_text = "DOUBLE"}};
}

}  // namespace

ColumnKind series_kind() {
  return {
      "series",
      "Which of the generator's `series` the row is of: a text whose #s are its number, from 1.",
      {{.name = "text", .text = "The text.", .required = true, .example = "sensor-##"}},
      "text",
      make_series};
}

ColumnKind signal_kind() {
  return {"signal", "What a sensor measures, faults included.", signal_options(), "", make_signal};
}

}  // namespace sluice::connectors
