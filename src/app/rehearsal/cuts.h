#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace sluice::app {

/// How the batches of a test are cut into several of the engine, each of which has a record at
/// least.
struct Cuts {
  /// Into how many each batch is cut; empty: none is cut.
  std::vector<std::size_t> parts;
  /// By source and batch: with which part each record comes.
  std::map<std::string, std::vector<std::vector<std::size_t>>> part_of;

  std::size_t parts_of(std::size_t batch) const { return parts.empty() ? 1 : parts[batch]; }
};

/// By source and batch of a test: the partition of each record.
using Partitions = std::map<std::string, std::vector<std::vector<std::int32_t>>>;

/// Whether some batch has two records.
bool can_be_cut(const Partitions& records);

/// Cuts at least one batch. Records of one partition of a source stay in their order, those of
/// several may change places.
/// REQUIRES: can_be_cut().
Cuts random_cuts(const Partitions& records, Random& random);

/// Those with fewer borders between parts: fewer batches are cut, or one of them in two. The first
/// ones have the fewest. Empty: there is one border only.
std::vector<Cuts> simpler_cuts(const Cuts& cuts);

/// "batch 1 as 2 + 1 rows, batch 3 as 1 + 1 rows"; "": no batch is cut.
std::string cuts_text(const Cuts& cuts);

}  // namespace sluice::app
