#include "sluice/base/shard.h"

#include <charconv>

namespace sluice {
namespace {

/// A whole text of digits, without zeros at its front.
std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || text.front() == '-' || text.front() == '0') {
    return std::nullopt;
  }
  return number;
}

/// Of two texts that may be any; null: they are no shard.
std::optional<Shard> shard_of(std::string_view number, std::string_view count) {
  if (number.empty() || count.empty()) return std::nullopt;
  const auto first = number_of(number);
  const auto second = number_of(count);
  if (!first || !second || *first > *second || *second > Shard::kCountMax) return std::nullopt;
  return Shard{*first, *second};
}

}  // namespace

Result<Shard> parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    if (const auto shard = shard_of(text.substr(0, slash), text.substr(slash + 1))) return *shard;
  }
  return user_error("--shard " + std::string(text) +
                    ": write --shard I/N, the first of four as 1/4 and the last as 4/4; N is " +
                    std::to_string(Shard::kCountMax) + " at most");
}

std::optional<Shard> shard_of_name(std::string_view name) {
  constexpr std::string_view kStart = "shard-";
  constexpr std::string_view kMiddle = "-of-";
  if (!name.starts_with(kStart)) return std::nullopt;
  name.remove_prefix(kStart.size());
  const std::size_t middle = name.find(kMiddle);
  if (middle == std::string_view::npos) return std::nullopt;
  return shard_of(name.substr(0, middle), name.substr(middle + kMiddle.size()));
}

std::string name_in_shard(std::string_view pipeline, const Shard& shard) {
  return std::string(pipeline) + "-" + shard.name();
}

std::optional<std::pair<std::string, Shard>> split_name_in_shard(std::string_view name) {
  const std::size_t dash = name.rfind("-shard-");
  if (dash == std::string_view::npos) return std::nullopt;
  const auto shard = shard_of_name(name.substr(dash + 1));
  if (!shard) return std::nullopt;
  return std::pair(std::string(name.substr(0, dash)), *shard);
}

}  // namespace sluice
