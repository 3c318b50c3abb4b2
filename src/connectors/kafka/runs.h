#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sluice::connectors::kafka {

/// Values of consecutive rows of which neighbours are mostly equal: one entry for each change.
template <class T>
class Runs {
 public:
  /// The value of row `row`; rows come in order, from 0, without gaps.
  void add(std::size_t row, const T& value) {
    if (runs_.empty() || !(runs_.back().value == value)) runs_.push_back({row, value});
  }

  /// The value of a row that was added.
  const T& at(std::size_t row) const {
    const auto after = std::ranges::upper_bound(runs_, row, {}, &Run::first);
    return std::prev(after)->value;
  }

  std::size_t bytes() const { return runs_.size() * sizeof(Run); }

 private:
  struct Run {
    std::size_t first;
    T value;
  };
  std::vector<Run> runs_;
};

}  // namespace sluice::connectors::kafka
