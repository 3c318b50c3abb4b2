#include "app/rehearsal/cuts.h"

#include <algorithm>
#include <set>

namespace sluice::app {
namespace {

/// Each part costs a batch of the engine.
constexpr std::size_t kPartsMax = 12;
constexpr std::size_t kPartsOfAllMax = 48;
constexpr std::size_t kFewPartsMax = 4;

std::size_t batches_of(const Partitions& records) {
  return records.empty() ? 0 : records.begin()->second.size();
}

std::size_t rows_of(const Partitions& records, std::size_t batch) {
  std::size_t rows = 0;
  for (const auto& [source, batches] : records) rows += batches[batch].size();
  return rows;
}

std::size_t below(std::size_t end, Random& random) {
  return static_cast<std::size_t>(random.next() % end);
}

/// Parts for `rows` records that stay in their order.
std::vector<std::size_t> parts_in_order(std::size_t rows, std::size_t parts, Random& random) {
  std::vector<std::size_t> chosen(rows);
  // As even as can be, or anywhere.
  const bool even = rows >= parts && random.next() % 2 == 0;
  for (std::size_t i = 0; i < rows; ++i) chosen[i] = even ? i * parts / rows : below(parts, random);
  std::ranges::sort(chosen);
  return chosen;
}

std::vector<std::size_t> parts_of_records(const std::vector<std::int32_t>& partitions,
                                          std::size_t parts, Random& random) {
  std::map<std::int32_t, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < partitions.size(); ++i) rows[partitions[i]].push_back(i);
  std::vector<std::size_t> chosen(partitions.size());
  for (const auto& [partition, of_it] : rows) {
    const std::vector<std::size_t> in_order = parts_in_order(of_it.size(), parts, random);
    for (std::size_t i = 0; i < of_it.size(); ++i) chosen[of_it[i]] = in_order[i];
  }
  return chosen;
}

/// Leaves out parts without records; how many are left.
std::size_t close_gaps(std::size_t batch, Cuts& cuts) {
  std::set<std::size_t> used;
  for (const auto& [source, batches] : cuts.part_of) {
    used.insert(batches[batch].begin(), batches[batch].end());
  }
  for (auto& [source, batches] : cuts.part_of) {
    for (std::size_t& part : batches[batch]) {
      part = static_cast<std::size_t>(std::distance(used.begin(), used.find(part)));
    }
  }
  return std::max<std::size_t>(1, used.size());
}

std::size_t wished_parts(std::size_t rows, Random& random) {
  if (rows < 2) return 1;
  switch (random.next() % 4) {
    case 0:
      return 1;
    case 1:
      return std::min(rows, kPartsMax);
    default:
      return 2 + below(std::min(rows, kFewPartsMax) - 1, random);
  }
}

void cut_batch(const Partitions& records, std::size_t batch, std::size_t parts, Random& random,
               Cuts& cuts) {
  for (const auto& [source, batches] : records) {
    cuts.part_of[source][batch] = parts_of_records(batches[batch], parts, random);
  }
  cuts.parts[batch] = close_gaps(batch, cuts);
}

/// One after the first record, in whichever order the sources are.
void cut_in_two(const Partitions& records, std::size_t batch, Cuts& cuts) {
  bool is_first = true;
  for (const auto& [source, batches] : records) {
    std::vector<std::size_t>& parts = cuts.part_of[source][batch];
    parts.assign(batches[batch].size(), 1);
    if (parts.empty() || !is_first) continue;
    parts[0] = 0;
    is_first = false;
  }
  cuts.parts[batch] = 2;
}

}  // namespace

bool can_be_cut(const Partitions& records) {
  for (std::size_t batch = 0; batch < batches_of(records); ++batch) {
    if (rows_of(records, batch) > 1) return true;
  }
  return false;
}

Cuts random_cuts(const Partitions& records, Random& random) {
  const std::size_t batches = batches_of(records);
  Cuts cuts;
  cuts.parts.assign(batches, 1);
  for (const auto& [source, of_it] : records) cuts.part_of[source].resize(batches);
  std::size_t left = kPartsOfAllMax;
  std::vector<std::size_t> possible;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t rows = rows_of(records, batch);
    if (rows > 1) possible.push_back(batch);
    const std::size_t parts = std::min(wished_parts(rows, random), std::max<std::size_t>(1, left));
    cut_batch(records, batch, parts, random, cuts);
    left -= std::min(left, cuts.parts[batch] - 1);
  }
  const bool any = std::ranges::any_of(cuts.parts, [](std::size_t parts) { return parts > 1; });
  if (!any) cut_in_two(records, possible[below(possible.size(), random)], cuts);
  return cuts;
}

std::vector<Cuts> simpler_cuts(const Cuts& cuts) {
  std::size_t borders = 0;
  for (const std::size_t parts : cuts.parts) borders += parts - 1;
  std::vector<Cuts> simpler;
  if (borders < 2) return simpler;
  // One border alone is what a person understands best.
  for (std::size_t batch = 0; batch < cuts.parts.size(); ++batch) {
    for (std::size_t border = 1; border < cuts.parts[batch]; ++border) {
      Cuts& one = simpler.emplace_back(cuts);
      for (std::size_t other = 0; other < cuts.parts.size(); ++other) {
        one.parts[other] = other == batch ? 2 : 1;
        for (auto& [source, batches] : one.part_of) {
          for (std::size_t& part : batches[other]) part = other == batch && part >= border ? 1 : 0;
        }
      }
    }
  }
  // Else one batch alone.
  for (std::size_t batch = 0; batch < cuts.parts.size(); ++batch) {
    if (cuts.parts[batch] < 3 || cuts.parts[batch] == borders + 1) continue;
    Cuts& one = simpler.emplace_back(cuts);
    for (std::size_t other = 0; other < cuts.parts.size(); ++other) {
      if (other == batch) continue;
      one.parts[other] = 1;
      for (auto& [source, batches] : one.part_of) {
        for (std::size_t& part : batches[other]) part = 0;
      }
    }
  }
  return simpler;
}

std::string cuts_text(const Cuts& cuts) {
  std::string text;
  for (std::size_t batch = 0; batch < cuts.parts.size(); ++batch) {
    if (cuts.parts[batch] == 1) continue;
    std::size_t sources = 0;
    for (const auto& [source, batches] : cuts.part_of) sources += batches[batch].empty() ? 0 : 1;
    text += (text.empty() ? "" : ", ") + ("batch " + std::to_string(batch + 1)) + " as ";
    for (std::size_t part = 0; part < cuts.parts[batch]; ++part) {
      std::string rows;
      for (const auto& [source, batches] : cuts.part_of) {
        const auto count = std::ranges::count(batches[batch], part);
        if (count == 0) continue;
        rows += (rows.empty() ? "" : " and ") + std::to_string(count) +
                (sources > 1 ? " of " + source : "");
      }
      text += (part == 0 ? "" : " + ") + rows;
    }
    text += " rows";
  }
  return text;
}

}  // namespace sluice::app
