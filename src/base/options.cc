#include "base/options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/list_text.h"
#include "base/nearest.h"

namespace sluice {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 16> kDurationUnits = {{{"us", 1},
                                                  {"ms", 1'000},
                                                  {"s", 1'000'000},
                                                  {"sec", 1'000'000},
                                                  {"second", 1'000'000},
                                                  {"seconds", 1'000'000},
                                                  {"m", 60'000'000},
                                                  {"min", 60'000'000},
                                                  {"minute", 60'000'000},
                                                  {"minutes", 60'000'000},
                                                  {"h", 3'600'000'000},
                                                  {"hour", 3'600'000'000},
                                                  {"hours", 3'600'000'000},
                                                  {"d", 86'400'000'000},
                                                  {"day", 86'400'000'000},
                                                  {"days", 86'400'000'000}}};

constexpr std::array<Unit, 14> kByteUnits = {{{"", 1},
                                              {"b", 1},
                                              {"k", 1LL << 10},
                                              {"kb", 1'000},
                                              {"kib", 1LL << 10},
                                              {"m", 1LL << 20},
                                              {"mb", 1'000'000},
                                              {"mib", 1LL << 20},
                                              {"g", 1LL << 30},
                                              {"gb", 1'000'000'000},
                                              {"gib", 1LL << 30},
                                              {"t", 1LL << 40},
                                              {"tb", 1'000'000'000'000},
                                              {"tib", 1LL << 40}}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// "5s" -> 5 and "s", with the rest left in `text`. Null when no number is in front.
std::optional<std::pair<double, std::string>> take_quantity(std::string_view& text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || number < 0 || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::size_t letters = 0;
  while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters])) != 0) {
    ++letters;
  }
  std::string unit = lower(text.substr(0, letters));
  text.remove_prefix(letters);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return std::pair{number, std::move(unit)};
}

template <std::size_t N>
std::optional<std::int64_t> scaled(double number, const std::string& name,
                                   const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const double value = number * static_cast<double>(unit.factor);
    if (value > 9e18) return std::nullopt;
    return static_cast<std::int64_t>(std::llround(value));
  }
  return std::nullopt;
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || problem != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  // No range keeps NaN out.
  if (text.empty() || problem != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::string shown(const ConfigValue& value) {
  switch (value.shape()) {
    case ConfigValue::Shape::kNull:
      return "nothing";
    case ConfigValue::Shape::kScalar:
      return value.secret() ? "'***'" : "'" + value.text() + "'";
    case ConfigValue::Shape::kList:
      return "a list";
    case ConfigValue::Shape::kMap:
      return "a map";
  }
  return "";
}

/// What a value of this type looks like, for the message about one that does not.
std::string wanted(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::kBoolean:
      return "true or false";
    case OptionType::kInteger:
      return "a whole number";
    case OptionType::kDouble:
      return "a number";
    case OptionType::kDuration:
      return "a duration such as 200ms, 5s or 1m 30s";
    case OptionType::kByteSize:
      return "a size such as 4096, 64MiB or 1GB";
    case OptionType::kChoice:
      return "one of: " + joined(spec.choices);
    case OptionType::kTextList:
      return "a list such as [a, b]";
    case OptionType::kTextMap:
      return "a map such as {a: b}";
    case OptionType::kSchema:
      return "a map of column and type such as {id: BIGINT, name: VARCHAR}";
    default:
      return "a text";
  }
}

bool all_scalars(const ConfigValue& value) {
  return std::ranges::all_of(value.items(), [](const ConfigValue& item) {
    return item.shape() == ConfigValue::Shape::kScalar;
  });
}

bool all_scalar_entries(const ConfigValue& value) {
  return std::ranges::all_of(value.entries(), [](const ConfigValue::Entry& entry) {
    return entry.value.shape() == ConfigValue::Shape::kScalar;
  });
}

/// The number that a value of a numeric type is; null when it does not read as one.
struct Numbers {
  std::int64_t integer = 0;
  double number = 0;
};

std::optional<Numbers> read_scalar(const OptionSpec& spec, const std::string& text) {
  auto whole = [](std::optional<std::int64_t> value) -> std::optional<Numbers> {
    if (!value) return std::nullopt;
    return Numbers{*value, static_cast<double>(*value)};
  };
  switch (spec.type) {
    case OptionType::kBoolean: {
      const auto value = parse_boolean(text);
      if (!value) return std::nullopt;
      return Numbers{*value ? 1 : 0, 0};
    }
    case OptionType::kInteger:
      return whole(parse_integer(text));
    case OptionType::kDuration:
      return whole(parse_duration_micros(text));
    case OptionType::kByteSize:
      return whole(parse_byte_size(text));
    case OptionType::kDouble: {
      const auto value = parse_double(text);
      if (!value) return std::nullopt;
      return Numbers{0, *value};
    }
    case OptionType::kChoice:
      if (std::ranges::find(spec.choices, text) == spec.choices.end()) return std::nullopt;
      return Numbers{};
    default:
      return Numbers{};
  }
}

std::string plain_number(double value) {
  std::array<char, 32> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

/// Shape, value and range of one option.
Result<Numbers> check_value(const OptionSpec& spec, const ConfigValue& value) {
  using Shape = ConfigValue::Shape;
  auto mismatch = [&] {
    std::string message = "'" + spec.name + "' must be " + wanted(spec) + ", not " + shown(value);
    if (spec.type == OptionType::kChoice && value.shape() == Shape::kScalar) {
      message += did_you_mean(value.text(), spec.choices);
    }
    return value.error(message);
  };
  switch (spec.type) {
    case OptionType::kAny:
      return Numbers{};
    case OptionType::kTextList:
      if (value.shape() == Shape::kScalar) return Numbers{};
      if (value.shape() != Shape::kList || !all_scalars(value)) return mismatch();
      return Numbers{};
    case OptionType::kTextMap:
      if (value.shape() != Shape::kMap || !all_scalar_entries(value)) return mismatch();
      return Numbers{};
    case OptionType::kSchema:
      if (value.shape() != Shape::kMap || value.entries().empty()) return mismatch();
      return Numbers{};
    default:
      break;
  }
  if (value.shape() != Shape::kScalar) return mismatch();
  const auto numbers = read_scalar(spec, value.text());
  if (!numbers) return mismatch();
  const bool ranged = spec.type == OptionType::kInteger || spec.type == OptionType::kDouble ||
                      spec.type == OptionType::kDuration || spec.type == OptionType::kByteSize;
  if (ranged && spec.minimum && numbers->number < *spec.minimum) {
    return value.error("'" + spec.name + "' must be at least " + plain_number(*spec.minimum) +
                       ", not " + shown(value));
  }
  if (ranged && spec.maximum && numbers->number > *spec.maximum) {
    return value.error("'" + spec.name + "' must be at most " + plain_number(*spec.maximum) +
                       ", not " + shown(value));
  }
  return *numbers;
}

}  // namespace

std::string option_type_name(OptionType type) {
  switch (type) {
    case OptionType::kBoolean:
      return "boolean";
    case OptionType::kInteger:
      return "integer";
    case OptionType::kDouble:
      return "number";
    case OptionType::kText:
      return "text";
    case OptionType::kSecret:
      return "secret";
    case OptionType::kPath:
      return "path";
    case OptionType::kDuration:
      return "duration";
    case OptionType::kByteSize:
      return "size";
    case OptionType::kChoice:
      return "choice";
    case OptionType::kTextList:
      return "list of texts";
    case OptionType::kTextMap:
      return "map of texts";
    case OptionType::kSchema:
      return "schema";
    case OptionType::kAny:
      return "any";
  }
  return "";
}

std::optional<std::int64_t> parse_duration_micros(std::string_view text) {
  std::int64_t total = 0;
  bool any = false;
  while (!text.empty()) {
    const auto quantity = take_quantity(text);
    if (!quantity) return std::nullopt;
    const bool bare_zero = quantity->first == 0 && quantity->second.empty();
    const auto value = bare_zero ? std::optional<std::int64_t>(0)
                                 : scaled(quantity->first, quantity->second, kDurationUnits);
    if (!value || *value > std::numeric_limits<std::int64_t>::max() - total) return std::nullopt;
    total += *value;
    any = true;
  }
  if (!any) return std::nullopt;
  return total;
}

std::optional<std::int64_t> parse_byte_size(std::string_view text) {
  const auto quantity = take_quantity(text);
  if (!quantity || !text.empty()) return std::nullopt;
  return scaled(quantity->first, quantity->second, kByteUnits);
}

Result<Options> Options::validate(const std::vector<OptionSpec>& specs, const ConfigValue& given,
                                  std::string_view subject) {
  const std::string name(subject);
  if (given.shape() != ConfigValue::Shape::kMap && given.shape() != ConfigValue::Shape::kNull) {
    return given.error(name + " takes a map of options such as {}, not " + shown(given));
  }
  std::vector<std::string> known;
  for (const OptionSpec& spec : specs) known.push_back(spec.name);
  for (const ConfigValue::Entry& entry : given.entries()) {
    if (std::ranges::find(known, entry.key) != known.end()) continue;
    std::string message = name + " has no option '" + entry.key + "'";
    const std::string guess = did_you_mean(entry.key, known);
    const std::string all = known.empty() ? "; it has none" : "; it has: " + joined(known);
    message += guess.empty() ? all : guess;
    return ConfigValue::null(entry.key_location).error(message);
  }
  Options options;
  for (const OptionSpec& spec : specs) {
    const ConfigValue* value = given.find(spec.name);
    const bool is_null = value != nullptr && value->shape() == ConfigValue::Shape::kNull;
    // YAML reads an unquoted null as nothing; where "null" is a choice, that is what was meant.
    const bool chooses_null =
        is_null && std::ranges::find(spec.choices, "null") != spec.choices.end();
    const bool is_given = value != nullptr && !is_null;
    if (!is_given && !chooses_null) {
      if (spec.required) return given.error(name + " needs the option '" + spec.name + "'");
      if (spec.default_text.empty()) continue;
    }
    const ConfigValue fallback =
        ConfigValue::scalar(chooses_null ? "null" : spec.default_text, /*quoted=*/false,
                            chooses_null ? value->location() : given.location());
    const ConfigValue& chosen = is_given ? *value : fallback;
    SLUICE_ASSIGN(const Numbers numbers, check_value(spec, chosen));
    options.entries_[spec.name] = {spec.type, chosen, numbers.integer, numbers.number};
  }
  return options;
}

const Options::Entry& Options::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  SLUICE_CHECK(found != entries_.end());
  return found->second;
}

bool Options::has(std::string_view name) const { return entries_.find(name) != entries_.end(); }

bool Options::boolean(std::string_view name) const { return entry(name).integer != 0; }

std::int64_t Options::integer(std::string_view name) const { return entry(name).integer; }

double Options::number(std::string_view name) const { return entry(name).number; }

const std::string& Options::text(std::string_view name) const { return entry(name).value.text(); }

Secret Options::secret(std::string_view name) const { return Secret(entry(name).value.text()); }

std::vector<std::string> Options::text_list(std::string_view name) const {
  const ConfigValue& value = entry(name).value;
  if (value.shape() == ConfigValue::Shape::kScalar) return {value.text()};
  std::vector<std::string> texts;
  for (const ConfigValue& item : value.items()) texts.push_back(item.text());
  return texts;
}

std::map<std::string, std::string> Options::text_map(std::string_view name) const {
  std::map<std::string, std::string> texts;
  for (const ConfigValue::Entry& item : entry(name).value.entries()) {
    texts[item.key] = item.value.text();
  }
  return texts;
}

const ConfigValue& Options::value(std::string_view name) const { return entry(name).value; }

}  // namespace sluice
