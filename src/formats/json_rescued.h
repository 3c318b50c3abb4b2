#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/arena.h"
#include "data/vector_writer.h"

namespace sluice::formats {

/// Collects the fields of a record that have no place in the schema, for the column that the option
/// `rescued_column` names.
class JsonRescued {
 public:
  void start_record() { members_.clear(); }

  /// Both as they are in the record; the key without its quotes.
  void add(std::string_view key, std::string_view value) {
    members_ += members_.empty() ? "{\"" : ",\"";
    members_ += key;
    members_ += "\":";
    members_ += value;
  }

  /// The fields as one JSON object; NULL when there were none.
  void write(data::VectorWriter& out, std::uint64_t row, data::Arena& arena) {
    if (members_.empty()) return out.set_null_deep(row);
    members_ += '}';
    out.set_text(row, arena.copy(members_));
  }

 private:
  std::string members_;
};

}  // namespace sluice::formats
