#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "connectors/generator/column_values.h"
#include "connectors/generator/sensor_kinds.h"

namespace sluice::connectors {
namespace {

using data::Type;
using data::TypeId;
using Made = Result<std::unique_ptr<GeneratedColumn>>;

template <class Value>
Made integers(Type type, Value value) {
  return {std::make_unique<IntegerColumn<Value>>(std::move(type), std::move(value))};
}

template <class Value>
Made doubles(Value value) {
  return {std::make_unique<DoubleColumn<Value>>(std::move(value))};
}

template <class Value>
Made made_texts(Value value) {
  return {std::make_unique<MadeTextColumn<Value>>(std::move(value))};
}

/// The option `type`, which must be one of `allowed` (shown in the message as `names`).
Result<Type> read_type(const Options& options, const std::vector<TypeId>& allowed,
                       const std::string& names) {
  auto type = Type::parse(options.text("type"));
  if (!type) return options.value("type").error(type.error().message());
  if (std::ranges::find(allowed, type->id()) == allowed.end()) {
    return options.value("type").error("'type' must be " + names + ", not " + type->to_string());
  }
  return *std::move(type);
}

OptionSpec type_option(const std::string& names, const std::string& default_text) {
  return {.name = "type",
          .type = OptionType::kText,
          .text = "SQL type: " + names + ".",
          .default_text = default_text};
}

constexpr const char* kNumberTypes = "INTEGER, BIGINT, DOUBLE or DECIMAL(p,s)";

Result<Type> read_number_type(const Options& options) {
  return read_type(options, {TypeId::kInteger, TypeId::kBigint, TypeId::kDouble, TypeId::kDecimal},
                   kNumberTypes);
}

Result<double> read_double(const Options& options, const char* name) {
  const std::string& text = options.text(name);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc() && end == text.data() + text.size() && std::isfinite(value)) {
    return value;
  }
  return options.value(name).error("'" + std::string(name) + "' must be a number");
}

/// The largest value of an integer type.
Int128 largest(const Type& type) {
  if (type.id() == TypeId::kInteger) return std::numeric_limits<std::int32_t>::max();
  if (type.id() == TypeId::kBigint) return std::numeric_limits<std::int64_t>::max();
  Int128 value = 1;
  for (int i = 0; i < type.width(); ++i) value *= 10;
  return value - 1;
}

Result<Int128> read_scaled(const Options& options, const char* name, const Type& type) {
  const auto value = parse_scaled(options.text(name), type.scale());
  if (value && *value <= largest(type) && *value >= -largest(type)) return *value;
  return options.value(name).error("'" + std::string(name) + "' must be a number that fits " +
                                   type.to_string());
}

Made make_sequence(const Options& options, const ColumnContext& /*context*/) {
  const std::int64_t start = options.integer("start");
  const std::int64_t step = options.integer("step");
  auto value = [start, step](std::int64_t row) { return Int128{start} + Int128{row} * step; };
  constexpr Int128 kLow = std::numeric_limits<std::int64_t>::min();
  constexpr Int128 kHigh = std::numeric_limits<std::int64_t>::max();
  Int128 numbers = kHigh;
  if (step > 0) numbers = (kHigh - start) / step + 1;
  if (step < 0) numbers = (kLow - start) / step + 1;
  return {std::make_unique<IntegerColumn<decltype(value)>>(
      TypeId::kBigint, std::move(value), static_cast<std::int64_t>(std::min(numbers, kHigh)))};
}

Made make_uniform(const Options& options, const ColumnContext& context) {
  const CounterRandom random = context.random();
  SLUICE_ASSIGN(const Type type, read_number_type(options));
  const Error order = options.value("max").error("'max' must not be less than 'min'");
  if (type.id() == TypeId::kDouble) {
    SLUICE_ASSIGN(const double low, read_double(options, "min"));
    SLUICE_ASSIGN(const double high, read_double(options, "max"));
    if (high < low) return order.clone();
    return doubles([=](std::int64_t row) { return low + (high - low) * random.unit(row); });
  }
  SLUICE_ASSIGN(const Int128 low, read_scaled(options, "min", type));
  SLUICE_ASSIGN(const Int128 high, read_scaled(options, "max", type));
  if (high < low) return order.clone();
  __extension__ using Wide = unsigned __int128;
  const Wide values = static_cast<Wide>(high - low) + 1;
  return integers(type, [=](std::int64_t row) {
    const Wide bits = static_cast<Wide>(random.bits(row, 0)) << 64U | random.bits(row, 1);
    return low + static_cast<Int128>(bits % values);
  });
}

Made make_normal(const Options& options, const ColumnContext& context) {
  const CounterRandom random = context.random();
  SLUICE_ASSIGN(const Type type, read_number_type(options));
  const double mean = options.number("mean");
  const double deviation = options.number("stddev");
  if (type.id() == TypeId::kDouble) {
    return doubles([=](std::int64_t row) { return mean + deviation * random.normal(row); });
  }
  const double factor = std::pow(10.0, type.scale());
  const Int128 limit = largest(type);
  return integers(type, [=](std::int64_t row) {
    const double value = std::nearbyint((mean + deviation * random.normal(row)) * factor);
    if (std::abs(value) >= static_cast<double>(limit)) return value < 0 ? -limit : limit;
    return static_cast<Int128>(value);
  });
}

/// Picks an index by weight.
struct WeightedPick {
  CounterRandom random;
  std::vector<double> ends;  // running sums; the last one is the whole

  std::size_t operator()(std::int64_t row) const {
    const double place = random.unit(row) * ends.back();
    const auto found = std::ranges::upper_bound(ends, place);
    return std::min(static_cast<std::size_t>(found - ends.begin()), ends.size() - 1);
  }
};

Result<WeightedPick> read_weights(const Options& options, const CounterRandom& random,
                                  std::size_t values) {
  WeightedPick pick{random, {}};
  double sum = 0;
  const std::vector<std::string> weights =
      options.has("weights") ? options.text_list("weights") : std::vector<std::string>(values, "1");
  for (const std::string& text : weights) {
    double weight = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), weight);
    if (problem != std::errc() || end != text.data() + text.size() || !(weight >= 0)) {
      return options.value("weights").error("'weights' must be numbers of at least 0");
    }
    sum += weight;
    pick.ends.push_back(sum);
  }
  if (weights.size() != values || !(sum > 0) || !std::isfinite(sum)) {
    return options.value("weights").error("'weights' must be one number for each of the " +
                                          std::to_string(values) + " values, not all 0");
  }
  return pick;
}

constexpr const char* kValueTypes = "VARCHAR, BOOLEAN, INTEGER, BIGINT, DOUBLE or DECIMAL(p,s)";

Result<Int128> parse_integer(const Type& type, const std::string& text, const ConfigValue& place) {
  if (type.id() == TypeId::kBoolean && (text == "true" || text == "false")) {
    return Int128{text == "true" ? 1 : 0};
  }
  const auto value = parse_scaled(text, type.scale());
  if (type.id() != TypeId::kBoolean && value && *value <= largest(type) &&
      *value >= -largest(type)) {
    return *value;
  }
  return place.error("'" + text + "' is not of type " + type.to_string());
}

Made make_picked(const Options& options, std::vector<std::string> texts, const ConfigValue& place,
                 WeightedPick pick) {
  SLUICE_ASSIGN(const Type type, read_type(options,
                                           {TypeId::kVarchar, TypeId::kBoolean, TypeId::kInteger,
                                            TypeId::kBigint, TypeId::kDouble, TypeId::kDecimal},
                                           kValueTypes));
  if (type.id() == TypeId::kVarchar) {
    return {std::make_unique<PickedTextColumn<WeightedPick>>(std::move(texts), std::move(pick))};
  }
  if (type.id() == TypeId::kDouble) {
    std::vector<double> values;
    for (const std::string& text : texts) {
      double value = 0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (problem != std::errc() || end != text.data() + text.size()) {
        return place.error("'" + text + "' is not a DOUBLE");
      }
      values.push_back(value);
    }
    return doubles([values, pick](std::int64_t row) { return values[pick(row)]; });
  }
  std::vector<Int128> values;
  for (const std::string& text : texts) {
    SLUICE_ASSIGN(const Int128 value, parse_integer(type, text, place));
    values.push_back(value);
  }
  return integers(type, [values, pick](std::int64_t row) { return values[pick(row)]; });
}

Made make_choice(const Options& options, const ColumnContext& context) {
  const CounterRandom random = context.random();
  std::vector<std::string> texts = options.text_list("values");
  if (texts.empty()) return options.value("values").error("'values' must not be empty");
  SLUICE_ASSIGN(WeightedPick pick, read_weights(options, random, texts.size()));
  return make_picked(options, std::move(texts), options.value("values"), std::move(pick));
}

Made make_constant(const Options& options, const ColumnContext& context) {
  const CounterRandom random = context.random();
  return make_picked(options, {options.text("value")}, options.value("value"),
                     WeightedPick{random, {1}});
}

/// "2024-01-31", with " 13:45:00" or "T13:45:00" after it.
std::optional<std::int64_t> parse_timestamp(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  char between = ' ';
  int used = 0;
  const int read = std::sscanf(text.c_str(), "%4d-%2u-%2u%n%c%2u:%2u:%2u%n", &year, &month, &day,
                               &used, &between, &hour, &minute, &second, &used);
  const bool is_shape = read == 3 || (read == 7 && (between == ' ' || between == 'T'));
  if (!is_shape || static_cast<std::size_t>(used) != text.size()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (days * 86'400 + hour * 3'600 + minute * 60 + second) * 1'000'000;
}

Made make_timestamp(const Options& options, const ColumnContext& context) {
  const CounterRandom random = context.random();
  SLUICE_ASSIGN(const Type type,
                read_type(options, {TypeId::kTimestamp, TypeId::kTimestampTz, TypeId::kDate},
                          "TIMESTAMP, TIMESTAMPTZ or DATE"));
  const auto start = parse_timestamp(options.text("start"));
  if (!start) {
    return options.value("start").error(
        "'start' must be a time such as \"2024-01-31\" or \"2024-01-31 13:45:00\"");
  }
  const std::int64_t begin = *start;
  const std::int64_t step = options.integer("step");
  const std::int64_t jitter = options.integer("jitter");
  const std::int64_t unit = type.id() == TypeId::kDate ? 86'400'000'000 : 1;
  const std::int64_t series = context.series;
  const double late_fraction = options.number("late_fraction");
  const std::int64_t late_by = options.integer("late_by");
  return integers(type, [=](std::int64_t row) {
    const double away = (2 * random.unit(row) - 1) * static_cast<double>(jitter);
    Int128 micros = Int128{begin} + Int128{row / series} * step + static_cast<std::int64_t>(away);
    if (late_fraction > 0 && random.unit(row, 1) < late_fraction) {
      micros -= static_cast<std::int64_t>(random.unit(row, 2) * static_cast<double>(late_by));
    }
    return (micros - (micros % unit + unit) % unit) / unit;
  });
}

Made make_uuid(const Options& /*options*/, const ColumnContext& context) {
  const CounterRandom random = context.random();
  return made_texts([random](std::int64_t row, std::string& out) {
    const std::uint64_t high = random.bits(row, 0);
    const std::uint64_t low = random.bits(row, 1);
    std::array<char, 40> text{};
    // Version 4, variant 10 (RFC 9562).
    std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-%04x-%012llx",
                  static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high >> 16U & 0xFFFFU),
                  static_cast<unsigned>(high & 0xFFFU),
                  static_cast<unsigned>((low >> 48U & 0x3FFFU) | 0x8000U),
                  static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFU));
    out += text.data();
  });
}

Made make_pattern(const Options& options, const ColumnContext& context) {
  const CounterRandom random = context.random();
  return made_texts([pattern = options.text("text"), random](std::int64_t row, std::string& out) {
    std::uint64_t bits = 0;
    std::uint64_t left = 0;  // how many values `bits` still distinguishes
    unsigned draws = 0;
    const auto draw = [&](std::uint64_t values) {
      if (left < values * 1'000'000) {
        bits = random.bits(row * 32 + draws++);
        left = std::numeric_limits<std::uint64_t>::max();
      }
      const std::uint64_t value = bits % values;
      bits /= values;
      left /= values;
      return value;
    };
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) {
        out += pattern[++i];
      } else if (pattern[i] == '#') {
        out += static_cast<char>('0' + draw(10));
      } else if (pattern[i] == '?') {
        out += static_cast<char>('A' + draw(26));
      } else {
        out += pattern[i];
      }
    }
  });
}

ColumnKind sequence_kind() {
  return {
      "sequence",
      "start, start + step, start + 2 * step ...: BIGINT, at whose end it is an error.",
      {{.name = "start", .type = OptionType::kInteger, .text = "First value.", .default_text = "0"},
       {.name = "step",
        .type = OptionType::kInteger,
        .text = "From row to row.",
        .default_text = "1"}},
      "start",
      make_sequence};
}

ColumnKind uniform_kind() {
  return {"uniform",
          "Every value from min to max, both included, is as likely.",
          {{.name = "min", .text = "Smallest value.", .default_text = "0"},
           {.name = "max", .text = "Largest value.", .required = true},
           type_option(kNumberTypes, "BIGINT")},
          "",
          make_uniform};
}

ColumnKind normal_kind() {
  return {"normal",
          "Normally distributed values, rounded to the type.",
          {{.name = "mean", .type = OptionType::kDouble, .text = "Mean.", .default_text = "0"},
           {.name = "stddev",
            .type = OptionType::kDouble,
            .text = "Standard deviation.",
            .default_text = "1",
            .minimum = 0},
           type_option(kNumberTypes, "DOUBLE")},
          "",
          make_normal};
}

ColumnKind choice_kind() {
  return {
      "choice",
      "One of some values.",
      {{.name = "values", .type = OptionType::kTextList, .text = "The values.", .required = true},
       {.name = "weights",
        .type = OptionType::kTextList,
        .text = "How often each comes, relative to the others. Default: all alike.",
        .example = "[5, 3, 2]"},
       type_option(kValueTypes, "VARCHAR")},
      "values",
      make_choice};
}

ColumnKind timestamp_kind() {
  return {"timestamp",
          "Time that goes on by a step from row to row, or from reading to reading of each series, "
          "give or take a jitter. Late rows have an earlier time than those around them.",
          {{.name = "start",
            .text = "Time of the first row, UTC.",
            .default_text = "2024-01-01 00:00:00"},
           {.name = "step",
            .type = OptionType::kDuration,
            .text = "From row to row.",
            .default_text = "1s"},
           {.name = "jitter",
            .type = OptionType::kDuration,
            .text = "Each row's time is earlier or later by up to this.",
            .default_text = "0s"},
           {.name = "late_fraction",
            .type = OptionType::kDouble,
            .text = "Of the rows, how many are late: 0 to 1.",
            .default_text = "0",
            .minimum = 0,
            .maximum = 1},
           {.name = "late_by",
            .type = OptionType::kDuration,
            .text = "A late row's time is earlier by up to this.",
            .default_text = "5m"},
           type_option("TIMESTAMP, TIMESTAMPTZ or DATE", "TIMESTAMP")},
          "start",
          make_timestamp};
}

ColumnKind pattern_kind() {
  return {"pattern",
          "A text with random digits and letters.",
          {{.name = "text",
            .text = "`#` is a digit, `?` a letter from A to Z, `\\` takes the next one as it is.",
            .required = true,
            .example = "INV-####"}},
          "text",
          make_pattern};
}

ColumnKind constant_kind() {
  return {"constant",
          "The same value in every row.",
          {{.name = "value", .text = "The value.", .required = true},
           type_option(kValueTypes, "VARCHAR")},
          "value",
          make_constant};
}

}  // namespace

const std::vector<ColumnKind>& column_kinds() {
  static const std::vector<ColumnKind> kKinds = {
      sequence_kind(),  uniform_kind(),
      normal_kind(),    choice_kind(),
      timestamp_kind(), {"uuid", "A random UUID (version 4) as text.", {}, "", make_uuid},
      pattern_kind(),   constant_kind(),
      series_kind(),    signal_kind()};
  return kKinds;
}

}  // namespace sluice::connectors
