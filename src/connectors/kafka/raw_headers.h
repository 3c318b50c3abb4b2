#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sluice::connectors::kafka {

/// A header of a record; null is an absent value. Points into the record.
struct RawHeader {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// Appends the headers in `bytes`, which is the end of a record as Kafka's protocol has it (record
/// version 2: a count, then length and name, length and value of each; lengths are zigzag varints,
/// -1 an absent value). What does not parse ends the list.
void parse_raw_headers(std::string_view bytes, std::vector<RawHeader>& headers);

}  // namespace sluice::connectors::kafka
