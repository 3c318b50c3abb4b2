#include "lake/log_problem.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/shown_text.h"

namespace sluice::lake {
namespace {

constexpr std::size_t kShownBytes = 160;

/// What the library says, and what it means; the first that fits counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kMeanings = {{
    {"No table metadata or protocol found",
     "has neither a protocol nor a metaData action: its first entry is gone or broken"},
    {"No table metadata found", "has no metaData action: its first entry is gone or broken"},
    {"No protocol found", "has no protocol action: its first entry is gone or broken"},
    {"Invalid protocol action", "has a protocol action that contradicts itself"},
    {"ontiguous", "lacks entries: its versions do not follow one after the other"},
    {"checkpoint", "has a checkpoint that cannot be read"},
    {"Deletion Vector", "names a deletion vector that cannot be read"},
    {"Json error", "has an entry that is not JSON"},
    {"EOF while parsing", "has an entry that ends in the middle"},
    {"expected value", "has an entry that is not JSON"},
    {"Parquet", "has a checkpoint that cannot be read"},
    {"Arrow error", "has a checkpoint that cannot be read"},
}};

/// What is between the first two of `quote` after `mark`; "": nothing.
std::string_view quoted_after(std::string_view text, std::string_view mark, char quote) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return "";
  const std::size_t open = text.find(quote, at);
  const std::size_t close = open == std::string_view::npos ? open : text.find(quote, open + 1);
  return close == std::string_view::npos ? "" : text.substr(open + 1, close - open - 1);
}

Error unknown_feature(Error error) {
  const std::string& text = error.message();
  if (text.find(" is not supported") != std::string::npos) {
    const std::string_view feature = quoted_after(text, "Feature '", '\'');
    if (!feature.empty()) {
      return {error.kind(),
              "E_UNKNOWN_FEATURE: the Delta table has the feature " + std::string(feature) +
                  ", which sluice does not know; drop it with the tool that added it"};
    }
  }
  constexpr std::string_view kVersion = "minimum reader version ";
  if (const std::size_t at = text.find(kVersion); at != std::string::npos) {
    return {error.kind(), "E_UNKNOWN_FEATURE: the Delta table asks for reader version " +
                              shown_text(text.substr(at + kVersion.size()), 12) +
                              ", which sluice does not know"};
  }
  return error;
}

}  // namespace

Error log_problem(Error error) {
  if (error.kind() == Kind::kUser) return unknown_feature(std::move(error));
  if (error.kind() != Kind::kCorruption) return error;
  std::string_view said = error.message();
  if (said.starts_with("delta: ")) said.remove_prefix(7);
  std::string_view meaning = "contradicts itself";
  for (const auto& [words, means] : kMeanings) {
    if (said.find(words) == std::string_view::npos) continue;
    meaning = means;
    break;
  }
  return corruption_error(
      "E_BROKEN_LOG: the Delta table's log " + std::string(meaning) + " (" +
      shown_text(said, kShownBytes) +
      "); restore the files of _delta_log from a copy, or make the table again");
}

}  // namespace sluice::lake
