#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/vector_writer.h"
#include "formats/value_plan.h"

namespace sluice::formats {

inline constexpr std::uint16_t kNoTarget = 0xffff;

/// A column of the schema as one reader sees it.
struct JsonColumn {
  std::string name;
  const ValuePlan* plan = nullptr;   ///< owned by the decoder
  std::uint16_t target = kNoTarget;  ///< index of the vector that takes it; kNoTarget: not wanted
};

/// The columns of a record, by name. Unchanged after it was made.
class JsonColumns {
 public:
  /// `rescued`: the target that takes what has no place in the columns; kNoTarget: it is not
  /// wanted.
  explicit JsonColumns(std::vector<JsonColumn> columns, std::uint16_t rescued = kNoTarget)
      : columns_(std::move(columns)), rescued_(rescued) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      by_name_.emplace(columns_[i].name, static_cast<int>(i));
    }
  }
  JsonColumns(const JsonColumns&) = delete;
  JsonColumns& operator=(const JsonColumns&) = delete;

  std::size_t size() const { return columns_.size(); }
  const JsonColumn& operator[](std::size_t index) const { return columns_[index]; }

  std::uint16_t rescued() const { return rescued_; }

  /// The column of exactly this name, or -1.
  int find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? -1 : found->second;
  }

 private:
  std::vector<JsonColumn> columns_;
  std::uint16_t rescued_;
  std::unordered_map<std::string_view, int> by_name_;  // views of columns_' names
};

/// The vectors of the targets: those of the chunk, then those that only look for errors.
using JsonTargets = std::vector<data::VectorWriter*>;

}  // namespace sluice::formats
