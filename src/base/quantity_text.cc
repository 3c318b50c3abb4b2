#include "base/quantity_text.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace sluice {
namespace {

std::string with_decimals(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string two_digits(std::int64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

}  // namespace

std::string count_text(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::array<std::string_view, 5> kUnits = {"kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return with_decimals(value, value < 10    ? 2
                              : value < 100 ? 1
                                            : 0) +
         " " + std::string(kUnits[unit]);
}

std::string duration_text(std::int64_t micros) {
  const double seconds = static_cast<double>(micros) / 1e6;
  if (seconds < 0.9995) return with_decimals(seconds * 1000, 0) + " ms";
  if (seconds < 9.995) return with_decimals(seconds, 2) + " s";
  if (seconds < 59.95) return with_decimals(seconds, 1) + " s";
  const auto whole = std::llround(seconds);
  if (whole < 3600) return std::to_string(whole / 60) + " min " + two_digits(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + two_digits(whole % 3600 / 60) + " min";
}

std::string duration_option_text(std::int64_t micros) {
  struct Unit {
    std::int64_t micros;
    const char* name;
  };
  constexpr std::array<Unit, 5> kUnits = {{{86'400'000'000, "d"},
                                           {3'600'000'000, "h"},
                                           {60'000'000, "m"},
                                           {1'000'000, "s"},
                                           {1'000, "ms"}}};
  std::string text;
  for (const Unit& unit : kUnits) {
    if (micros >= unit.micros) text += std::to_string(micros / unit.micros) + unit.name;
    micros %= unit.micros;
  }
  return text.empty() ? "0s" : text;
}

std::string percent_text(double percent) {
  const std::string text = with_decimals(percent, 1);
  return (text.ends_with(".0") ? text.substr(0, text.size() - 2) : text) + " %";
}

std::string rate_text(std::int64_t rows, std::int64_t micros) {
  if (micros <= 0) return "-";
  const double rate = static_cast<double>(rows) * 1e6 / static_cast<double>(micros);
  return (rate < 10 ? with_decimals(rate, 1) : count_text(std::llround(rate))) + " rows/s";
}

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
  return count_text(count) + " " + (count == 1 ? one : many);
}

}  // namespace sluice
