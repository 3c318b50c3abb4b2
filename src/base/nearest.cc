#include "base/nearest.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace sluice {
namespace {

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

/// Optimal string alignment distance in half edits.
int distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<int> table((a.size() + 1) * width);
  auto at = [&](std::size_t i, std::size_t j) -> int& { return table[i * width + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = static_cast<int>(2 * i);
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = static_cast<int>(2 * j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      int change = 2;
      if (a[i - 1] == b[j - 1]) {
        change = 0;
      } else if (same_letter(a[i - 1], b[j - 1])) {
        change = 1;
      }
      int best = std::min({at(i - 1, j) + 2, at(i, j - 1) + 2, at(i - 1, j - 1) + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, at(i - 2, j - 2) + 2);
      }
      at(i, j) = best;
    }
  }
  return at(a.size(), b.size());
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  // Up to a third of the letters may be wrong, at least two edits for longer words.
  int bound = std::max(2, static_cast<int>(word.size()) * 2 / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (const int found = distance(word, candidate); found < bound) {
      bound = found;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::string best = nearest(word, candidates);
  return best.empty() ? "" : "; did you mean '" + best + "'?";
}

}  // namespace sluice
