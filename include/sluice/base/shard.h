#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sluice/base/result.h"

namespace sluice {

/// Which part of a pipeline a process runs (docs/decisions/0032-shards.md): shard `number` of
/// `count`, counted from 1.
struct Shard {
  static constexpr int kCountMax = 10'000;

  int number = 1;
  int count = 1;

  /// Whether it reads the partition, of whatever topic: partition p is shard (p mod count) + 1's.
  bool has_partition(std::int32_t partition) const { return partition % count == number - 1; }
  /// "1/4", as on the command line.
  std::string text() const { return std::to_string(number) + "/" + std::to_string(count); }
  /// "shard-1-of-4", as in names of files, transactions and folders.
  std::string name() const {
    return "shard-" + std::to_string(number) + "-of-" + std::to_string(count);
  }

  bool operator==(const Shard&) const = default;
};

/// Of "1/4". kUser, with what to write.
Result<Shard> parse_shard(std::string_view text);
/// Of "shard-1-of-4"; null: it is none.
std::optional<Shard> shard_of_name(std::string_view name);

/// What the shard of the pipeline is called wherever a pipeline is named, so that no two shards
/// have a name in common: "orders-shard-1-of-4".
std::string name_in_shard(std::string_view pipeline, const Shard& shard);
/// The reverse; null: the name is no shard's.
std::optional<std::pair<std::string, Shard>> split_name_in_shard(std::string_view name);

}  // namespace sluice
