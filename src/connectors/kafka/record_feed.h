#pragma once

#include <functional>
#include <istream>
#include <string>

#include "connectors/kafka/producer.h"

namespace sluice::connectors::kafka {

struct FeedOptions {
  /// Column (CSV) or member (JSON) whose text becomes the record's key; "" none. It stays in the
  /// value. An empty CSV field, or null, is no key.
  std::string key_column;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;  ///< of every record
  char delimiter = ',';                                                     ///< of CSV
};

/// A record for each line of CSV below the header line: a JSON object with the header's names, in
/// the header's order. An unquoted field that is a JSON number stays as it is written, digit by
/// digit (12.50, not 12.5; 007 is no number and becomes text), true and false become booleans, an
/// empty one null; everything else, and every quoted field, becomes text. A line with fewer fields
/// gets nulls; one with more is a kUser error with its line number. `input` outlives the feed.
RecordFeed csv_feed(std::istream& input, FeedOptions options);

/// A record for each line, whose bytes are the value whatever they are; empty lines are skipped. A
/// key column makes the lines be parsed: one that is no JSON object is a kUser error then.
RecordFeed json_lines_feed(std::istream& input, FeedOptions options);

/// As json_lines_feed, for lines that a program makes: `next` fills the line, false ends.
RecordFeed lines_feed(std::function<Result<bool>(std::string& line)> next, FeedOptions options);

}  // namespace sluice::connectors::kafka
