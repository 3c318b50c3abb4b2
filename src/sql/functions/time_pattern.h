#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "sluice/base/result.h"

namespace sluice::sql {

/// A pattern of dates and times as Spark writes them (Java's DateTimeFormatter): dd/MM/yyyy,
/// yyyy-MM-dd'T'HH:mm:ss.SSSXXX ... Parsing is as strict as Spark 4's: the whole text, two digits
/// for dd, days that exist. Times are microseconds since 1970-01-01 UTC; a text without an offset
/// is in the zone given. Fields that the pattern lacks are those of 1970-01-01 00:00:00. Immutable,
/// any thread.
///
/// Letters: y u M L d D H h k K m s S a E Q q X x Z, text in 'quotes'. D is for parsing with a
/// year; E and Q are for formatting only.
class TimePattern {
 public:
  /// kUser: a letter that is not possible.
  static Result<TimePattern> compile(std::string_view pattern);

  /// Null: the text does not fit.
  std::optional<std::int64_t> parse(std::string_view text, const TimeZone& zone = {}) const;
  void format(std::int64_t micros, std::string& out, const TimeZone& zone = {}) const;

 private:
  struct Item {
    char letter;  ///< 0: literal
    std::size_t count;
    std::string text;  ///< of a literal
  };

  struct Fields;
  static bool parse_item(const Item& item, std::string_view& text, Fields& fields);

  std::vector<Item> items_;
};

}  // namespace sluice::sql
