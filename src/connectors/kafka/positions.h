#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Partition -> offset of the next record.
using PartitionOffsets = std::map<std::int32_t, std::int64_t>;
/// Topic -> partitions.
using TopicOffsets = std::map<std::string, PartitionOffsets>;

/// Stand for the end and the beginning of a partition, in Kafka's protocol and in Spark's options.
inline constexpr std::int64_t kLatestOffset = -1;
inline constexpr std::int64_t kEarliestOffset = -2;

/// A position in all partitions of a source: what a data::Offset of Kafka says. As JSON it is
/// Spark's, with additions under names that no topic can have:
///   {"invoices":{"0":1200,"1":980},"@starts":{"invoices":{"1":17}},"@ids":{"invoices":"qYf..."},
///    "@unread":["invoices"],"@end":{"option":"latest","offsets":{"invoices":{"0":1500,"1":980}}}}
struct Positions {
  TopicOffsets offsets;
  /// Partitions that were met for the first time in the batch that ends here, and where they start
  /// (the position before it does not know them). Of no use afterwards.
  TopicOffsets starts;
  /// The broker's id of each topic, where it has ids: distinguishes a topic from one that was
  /// deleted and created again under its name.
  std::map<std::string, std::string> ids;
  /// Topics that had more than was read up to here.
  std::set<std::string> unread;
  /// Of a source with the option `end`: where it ends, and what the option was when that was found
  /// out. Kept so that every run of the checkpoint ends there.
  struct End {
    std::string option;
    TopicOffsets offsets;
  };
  std::optional<End> end;

  /// kCorruption when the text is none of ours.
  static Result<Positions> parse(const data::Offset& offset);
  data::Offset to_offset() const;
};

/// The offset of a partition, or null.
std::optional<std::int64_t> find_offset(const TopicOffsets& offsets, const std::string& topic,
                                        std::int32_t partition);

/// Records (counted by offsets) between `from` and `to`; partitions only in `to` do not count.
std::int64_t count_between(const TopicOffsets& from, const TopicOffsets& to);

/// Kafka's own default for the largest record: the guess where no record's size is known.
inline constexpr std::int64_t kRecordBytesGuess = 1024 * 1024;

/// `ends`, cut so that at most `records` lie between `from` and the result: each partition gets its
/// share of what is there, as in Spark, and at least one record while the limit allows it, so that
/// no partition starves. The sum is exact. Every partition of `ends` must be in `from`, and not be
/// smaller.
TopicOffsets cut_to_limit(const TopicOffsets& from, const TopicOffsets& ends, std::int64_t records);

}  // namespace sluice::connectors::kafka
