#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/letters/letter_index.h"
#include "sluice/dead_letters.h"

namespace sluice::app {

struct LetterRange {
  std::int64_t from = 0;
  std::int64_t limit = 0;
  std::size_t bytes_max = 0;  ///< of each
};

/// A number that the database answered; 0 for NULL.
std::int64_t integer_of(const std::optional<std::string>& answer);

Result<DeadLetterPage> letter_page(LetterIndex& index, const DeadLetterFilter& filter,
                                   const LetterRange& range, const std::stop_token& stop);

/// With all of its bytes. kUser E_NO_DEAD_LETTER.
Result<DeadLetter> find_letter(LetterIndex& index, const std::string& id);

// Both make a table of the letters that are meant, with the columns of `letters`, and give its
// name; it is there until the next call. kUser E_NO_DEAD_LETTER when one of `ids` is unknown.
Result<std::string> choose_letters(LetterIndex& index, const std::vector<std::string>& ids);
Result<std::string> choose_letters(LetterIndex& index, const DeadLetterFilter& filter,
                                   const std::stop_token& stop);

}  // namespace sluice::app
