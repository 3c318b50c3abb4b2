#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time_zone.h"
#include "data/type.h"
#include "data/vector_reader.h"
#include "formats/json_writer.h"

namespace sluice::alerts {

/// The values of rows as people and receivers get them.
class RowTexts {
 public:
  /// `schema`: that of the chunks; `zone` outlives it.
  RowTexts(const data::Schema& schema, const TimeZone& zone);

  /// The value of a column: text as it is, all else as JSON; "NULL".
  std::string text(data::ChunkReader columns, std::size_t column, std::uint64_t row) const;
  /// An object of all columns; DECIMALs and integers beyond 2^53 are texts.
  OrderedJson values(data::ChunkReader columns, std::uint64_t row) const;
  /// The values of these columns as one text: of one column its value, of several "a=1, b=2".
  std::string joined(data::ChunkReader columns, const std::vector<std::size_t>& which,
                     std::uint64_t row) const;
  /// As joined(), however long, and no other values have it: a text that could be taken for
  /// something else is in quotes.
  std::string key(data::ChunkReader columns, const std::vector<std::size_t>& which,
                  std::uint64_t row) const;

 private:
  std::string whole(data::ChunkReader columns, std::size_t column, std::uint64_t row) const;
  std::string json(data::ChunkReader columns, std::size_t column, std::uint64_t row) const;

  data::Schema schema_;
  std::vector<std::optional<formats::JsonWriter>> writers_;  // null: has no JSON
};

/// Whether values of the type are numbers.
bool is_number(const data::Type& type);

/// Of the text of an alert.
inline constexpr std::size_t kTextBytesMax = 2000;

/// `text`, or as much of it as fits, and then "...".
std::string cut(std::string text, std::size_t bytes_max);

}  // namespace sluice::alerts
