#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/producer.h"
#include "formats/csv_record.h"

namespace sluice::connectors::kafka {

struct FeedOptions {
  /// Column (CSV) or member (JSON) whose text becomes the record's key; "" none. It stays in the
  /// value. An empty CSV field, or null, is no key.
  std::string key_column;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;  ///< of every record
};

/// A record of CSV. The fields are valid until the next one is asked for.
struct CsvRow {
  std::vector<formats::CsvField> fields;
  std::uint64_t line = 0;  ///< where it begins
};

/// Fills the row with the next one; false: no more.
using CsvRows = std::function<Result<bool>(CsvRow& row)>;

/// A record for each row below the first, the header: a JSON object with the header's names, in the
/// header's order. An unquoted field that is a JSON number stays as it is written, digit by digit
/// (12.50, not 12.5; 007 is not a number and becomes text), true and false become booleans, an
/// empty one null; everything else, and every quoted field, becomes text. A row with another number
/// of fields than the header is a kUser error with its line number, and so are a header that has a
/// name twice and an input without one.
RecordFeed csv_feed(CsvRows rows, FeedOptions options);

/// A record for each line, whose bytes are the value whatever they are; empty lines are skipped. A
/// key column makes the lines be parsed: one that is not a JSON object is a kUser error then.
RecordFeed json_lines_feed(std::istream& input, FeedOptions options);

/// As json_lines_feed, for lines that a program makes: `next` fills the line, false ends.
RecordFeed lines_feed(std::function<Result<bool>(std::string& line)> next, FeedOptions options);

}  // namespace sluice::connectors::kafka
