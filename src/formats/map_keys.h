#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::formats {

/// Finds the keys of one map that are there twice: few are compared one by one, many are hashed.
/// The texts are their owner's.
class MapKeys {
 public:
  /// The index of `key` when it was there before; else it is added with the next index.
  std::int64_t find_or_add(std::string_view key) {
    const auto next = static_cast<std::int64_t>(keys_.size());
    if (keys_.size() < kComparedMax) {
      const auto found = std::find(keys_.begin(), keys_.end(), key);
      if (found != keys_.end()) return found - keys_.begin();
    } else {
      if (index_.empty()) {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
          index_.emplace(keys_[i], static_cast<std::int64_t>(i));
        }
      }
      const auto [found, added] = index_.emplace(key, next);
      if (!added) return found->second;
    }
    keys_.push_back(key);
    return next;
  }

  std::int64_t size() const { return static_cast<std::int64_t>(keys_.size()); }

 private:
  static constexpr std::size_t kComparedMax = 16;
  std::vector<std::string_view> keys_;
  std::unordered_map<std::string_view, std::int64_t> index_;
};

}  // namespace sluice::formats
