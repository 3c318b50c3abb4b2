#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/watcher.h"

namespace sluice::engine {

/// Notes of a watcher, for tests.
class NotesInMemory final : public WatchNotes {
 public:
  Result<std::vector<std::string>> read() override { return pieces; }
  Status add(std::string_view piece) override {
    pieces.emplace_back(piece);
    return {};
  }
  Status replace(std::string_view piece) override {
    pieces = {std::string(piece)};
    return {};
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const std::string& piece : pieces) sum += piece.size();
    return sum;
  }
  std::vector<std::string> pieces;
};

}  // namespace sluice::engine
