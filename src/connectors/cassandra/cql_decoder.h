#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"
#include "connectors/cassandra/cql_type.h"
#include "data/decoder.h"
#include "sluice/base/result.h"

namespace sluice::connectors::cassandra {

/// A column of the server's and the SQL type that it gets.
struct CqlColumn {
  std::string name;
  CqlType type;
  data::Type target;
};

/// Gives columns the types that the map `types` (column name -> SQL type) names for them. kUser
/// errors have the place of the entry.
Status name_types(const ConfigValue& types, std::vector<CqlColumn>& columns);

/// Rows as the server sends them: of each column its bytes and before them their number. A value
/// that its column's type does not hold rejects the row; with `null_bad_fields` it is NULL.
class CqlDecoder final : public data::Decoder {
 public:
  /// REQUIRES: names that differ in more than case.
  CqlDecoder(std::vector<CqlColumn> columns, bool null_bad_fields);

  const data::Schema& schema() const override { return schema_; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  std::string reason_text(const data::Reject& reject) const override;

 private:
  const std::vector<CqlColumn> columns_;
  const bool null_bad_fields_;
  data::Schema schema_;
};

}  // namespace sluice::connectors::cassandra
