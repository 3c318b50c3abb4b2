#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace sluice::app {

/// The seeds of a test that does things at random.
struct Seeds {
  std::int64_t first = 1;
  std::int64_t count = 0;
};

/// `usual` of them from 1 on, or what SLUICE_SEEDS says: FIRST:COUNT, or one alone.
inline Seeds wished_seeds(std::int64_t usual) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in sluice writes the environment.
  const char* wish = std::getenv("SLUICE_SEEDS");
  if (wish == nullptr) return {1, usual};
  const std::string text = wish;
  const std::size_t colon = text.find(':');
  return {std::stoll(text), colon == text.npos ? 1 : std::stoll(text.substr(colon + 1))};
}

}  // namespace sluice::app
