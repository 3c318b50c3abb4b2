#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace sluice::data {

/// The number of a pipeline's micro-batch, from 0, without gaps; a sink is not given all.
using BatchId = std::int64_t;

/// A position in a source: everything before it has been read, nothing after it. The text is JSON
/// of the source's own making ({"invoices":{"0":1200,"1":980}}, as Spark writes it); only the
/// source reads it, the checkpoint stores it, `sluice` shows it.
struct Offset {
  std::string json;
  bool operator==(const Offset&) const = default;
};

/// An offset's JSON for people, which may name a thousand files: its beginning. "none" of "".
std::string shown_offset(const std::string& json);

/// How much one batch may take from a source; the maximum means no limit.
struct ReadLimit {
  std::int64_t records = std::numeric_limits<std::int64_t>::max();
  std::int64_t bytes = std::numeric_limits<std::int64_t>::max();
  /// The batch is to take all there is (trigger once): limits of the source's own, such as files a
  /// batch, do not count either.
  bool all = false;
  /// What has come by itself is enough (trigger continuous): a source to which its server sends new
  /// records need not ask for more at each batch.
  bool at_hand = false;
};

}  // namespace sluice::data
