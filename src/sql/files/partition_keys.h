#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::sql {

/// Partition columns on their way through DuckDB's COPY, which makes folders of values with each
/// byte of a letter as %XX: 28 letters of Chinese are a name too long for a file system. Texts go
/// as base64 in two columns, and come back.
class PartitionKeys {
 public:
  /// `schema`: of the rows of `select`.
  PartitionKeys(const std::string& select, const data::Schema& schema,
                std::vector<std::string> partition_by);

  /// The rows, with the columns of columns() in the place of texts. A text that is too long for any
  /// folder's name is an error of the query, E_PARTITION_VALUE.
  const std::string& select() const { return select_; }
  const std::vector<std::string>& columns() const { return columns_; }

  /// The values of the partition columns, by what COPY says of a file. The empty text is NULL, as
  /// for Spark.
  using Values = std::map<std::string, std::optional<std::string>>;
  Result<Values> values(const Values& copied) const;

 private:
  struct Key {
    std::string name;
    bool is_text = false;
    std::string first;  ///< of a text: the columns that carry it
    std::string second;
  };

  std::vector<Key> keys_;
  std::string select_;
  std::vector<std::string> columns_;
};

}  // namespace sluice::sql
