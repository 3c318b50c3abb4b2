#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The candidate closest to `word` by edit distance (transpositions count one, case counts half),
/// or "" when none is close enough to be a likely slip of the fingers.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// `; did you mean 'x'?` for the nearest candidate, or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace sluice
