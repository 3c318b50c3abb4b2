#include "connectors/cassandra/cql_decoder.h"

#include <algorithm>
#include <utility>

#include "base/nearest.h"
#include "connectors/cassandra/cql_value.h"

namespace sluice::connectors::cassandra {
namespace {

class CqlReader final : public data::RecordReader {
 public:
  CqlReader(const std::vector<CqlColumn>& columns, bool null_bad_fields, data::Arena& arena)
      : columns_(columns),
        null_bad_fields_(null_bad_fields),
        arena_(arena),
        uses_(columns.size()) {}

  void write_to(std::size_t column, std::size_t vector) {
    uses_[column] = {.wanted = true, .vector = static_cast<int>(vector)};
    last_ = std::max(last_, column + 1);
  }
  void check(std::size_t column) {
    uses_[column].wanted = true;
    last_ = std::max(last_, column + 1);
  }

  void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
            data::ChunkWriter out, std::vector<std::uint32_t>& kept,
            std::vector<data::Reject>& rejects) override {
    std::uint64_t row = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      data::Reject reject{static_cast<std::uint32_t>(i), 0, data::Reject::kNoColumn};
      if (decode(payloads[i].text(), out, row, reject)) {
        kept.push_back(static_cast<std::uint32_t>(i));
        ++row;
        continue;
      }
      for (data::VectorWriter& vector : out) vector.set_valid(row);
      rejects.push_back(reject);
    }
  }

 private:
  struct Use {
    bool wanted = false;
    int vector = -1;  // -1: only checked
  };

  bool decode(std::string_view cells, data::ChunkWriter out, std::uint64_t row,
              data::Reject& reject) {
    for (std::size_t column = 0; column < last_; ++column) {
      std::string_view value;
      if (!take_cell(cells, value)) {
        reject.reason = static_cast<std::uint16_t>(CqlReason::kBroken);
        return false;
      }
      const Use use = uses_[column];
      if (!use.wanted) continue;
      data::VectorWriter* const vector =
          use.vector < 0 ? nullptr : &out[static_cast<std::size_t>(use.vector)];
      if (value.data() == nullptr) {
        if (vector != nullptr) vector->set_null_deep(row);
        continue;
      }
      const CqlReason reason =
          write_value(columns_[column].type, columns_[column].target, value, arena_, vector, row);
      if (reason == CqlReason::kNone) continue;
      if (!null_bad_fields_) {
        reject.reason = static_cast<std::uint16_t>(reason);
        reject.column = static_cast<std::uint16_t>(column);
        return false;
      }
      if (vector != nullptr) vector->set_null_deep(row);
    }
    return true;
  }

  const std::vector<CqlColumn>& columns_;
  const bool null_bad_fields_;
  data::Arena& arena_;
  std::vector<Use> uses_;
  std::size_t last_ = 0;  // columns after it are not looked at
};

}  // namespace

Status name_types(const ConfigValue& types, std::vector<CqlColumn>& columns) {
  if (types.shape() == ConfigValue::Shape::kNull) return {};
  for (const ConfigValue::Entry& entry : types.entries()) {
    const auto column = std::ranges::find(columns, entry.key, &CqlColumn::name);
    if (column == columns.end()) {
      std::vector<std::string> names;
      for (const CqlColumn& one : columns) names.push_back(one.name);
      return ConfigValue::null(entry.key_location)
          .error("there is no column '" + entry.key + "'" + did_you_mean(entry.key, names));
    }
    auto wanted = data::Type::parse(entry.value.text());
    if (!wanted) return entry.value.error(wanted.error().message());
    if (const auto why = cannot_be(column->type, *wanted)) {
      return entry.value.error("column '" + entry.key + "' is " + column->type.to_string() +
                               " in Cassandra; " + *why);
    }
    column->target = *std::move(wanted);
  }
  return {};
}

CqlDecoder::CqlDecoder(std::vector<CqlColumn> columns, bool null_bad_fields)
    : columns_(std::move(columns)), null_bad_fields_(null_bad_fields) {
  for (const CqlColumn& column : columns_) schema_.add({column.name, column.target});
}

std::unique_ptr<data::RecordReader> CqlDecoder::reader(std::vector<std::size_t> columns,
                                                       std::vector<std::size_t> checked,
                                                       data::Arena& arena) const {
  auto reader = std::make_unique<CqlReader>(columns_, null_bad_fields_, arena);
  for (const std::size_t column : checked) reader->check(column);
  for (std::size_t i = 0; i < columns.size(); ++i) reader->write_to(columns[i], i);
  return reader;
}

std::string CqlDecoder::reason_text(const data::Reject& reject) const {
  const std::string target = reject.column < columns_.size()
                                 ? columns_[reject.column].target.to_string()
                                 : std::string("its type");
  switch (static_cast<CqlReason>(reject.reason)) {
    case CqlReason::kNumberTooLarge:
      return "number does not fit " + target +
             "; name a type under types: VARCHAR holds 39,456 digits";
    case CqlReason::kTooManyDigits:
      return "number has more digits after the point than " + target +
             "; name a type under types: VARCHAR holds all";
    case CqlReason::kTimeOutOfRange:
      return "time does not fit " + target;
    case CqlReason::kSmallerThanMicros:
      return "nanoseconds do not fit " + target +
             "; name a type under types: BIGINT for a time, STRUCT(months INTEGER, days INTEGER, "
             "nanoseconds BIGINT) for a duration";
    case CqlReason::kNullInMap:
      return "a map's key is NULL";
    default:
      return "bytes are no value of the column";
  }
}

}  // namespace sluice::connectors::cassandra
