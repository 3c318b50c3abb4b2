#include "app/infer/column_name.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>
#include <vector>

namespace sluice::app {
namespace {

/// In lower case.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  bool was_lower = false;
  for (const char letter : name) {
    const auto c = static_cast<unsigned char>(letter);
    const bool is_break = c < 0x80 && std::isalnum(c) == 0;
    if ((is_break || (std::isupper(c) != 0 && was_lower)) && !words.back().empty()) {
      words.emplace_back();
    }
    was_lower = std::islower(c) != 0;
    if (!is_break) words.back() += static_cast<char>(std::tolower(c));
  }
  return words;
}

bool has_word(std::string_view name, std::initializer_list<std::string_view> known) {
  return std::ranges::any_of(words_of(name), [&](const std::string& word) {
    return std::ranges::find(known, word) != known.end();
  });
}

}  // namespace

bool names_money(std::string_view name) {
  return has_word(name, {"price", "amount",  "total",   "cost",   "costs",    "fee",   "fees",
                         "tax",   "balance", "salary",  "wage",   "revenue",  "net",   "gross",
                         "money", "paid",    "payment", "charge", "discount", "debit", "credit",
                         "preis", "betrag",  "umsatz",  "eur",    "usd",      "gbp",   "vat"});
}

bool names_digits(std::string_view name) {
  return has_word(name, {"phone", "telephone", "tel", "telefon", "mobile", "fax", "zip", "plz",
                         "postal", "postcode", "zipcode", "iban", "isbn", "ean", "msisdn"});
}

bool names_version(std::string_view name) { return has_word(name, {"version", "ver", "release"}); }

bool names_time(std::string_view name) {
  return has_word(
      name, {"ts", "time", "timestamp", "date", "at", "epoch", "created", "updated", "modified",
             "datetime", "when", "millis", "ms", "occurred", "since", "until", "expires", "day"});
}

}  // namespace sluice::app
