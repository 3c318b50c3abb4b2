#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "data/type.h"
#include "lake/log_actions.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// Which files of a table may hold one of some keys, as far as partition values and statistics
/// say: files that cannot are not opened. Only types whose texts compare alike in every writer's
/// log are used (integers, text, dates); the others never leave a file out.
class KeySearch {
 public:
  /// `schema` is the table's.
  KeySearch(const data::Schema& schema, const std::vector<std::string>& key,
            const std::vector<std::string>& partition_by);

  /// A file whose rows have the keys.
  void add(const AddedFile& file);

  /// False: no row of the file has one of the keys.
  bool may_hold(const DataFile& file) const;

 private:
  /// The values of one key column over the files that add() was given.
  struct Range {
    bool unknown = false;  ///< unknown for some file
    bool has_null = false;
    nlohmann::json minimum;
    nlohmann::json maximum;
  };

  std::map<std::string, std::set<std::optional<std::string>>> partitions_;  // by key column
  std::map<std::string, Range> ranges_;
};

}  // namespace sluice::lake
