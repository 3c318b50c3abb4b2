#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lake/log_actions.h"
#include "lake/table.h"

namespace sluice::connectors {

/// The files that a sink has put into its table and that are small enough to be put together, by
/// partition and size: sixteen of about one size become one of the next size, so that a row is
/// written a few times in its life and a table that grows for years keeps few files.
class SmallFiles {
 public:
  /// How many files of one size and partition make a group.
  static constexpr std::size_t kGroupFiles = 16;

  explicit SmallFiles(std::int64_t target_bytes) : target_bytes_(target_bytes) {}

  void add(const lake::DataFile& file);
  /// kCorruption: no add action.
  Status add(const std::string& add_action);

  /// Groups with at least `files_min` files, which are forgotten. Each gives one file.
  std::vector<std::vector<lake::DataFile>> take(std::size_t files_min);

 private:
  using Partition = std::map<std::string, std::string>;

  std::int64_t target_bytes_;
  std::map<std::pair<Partition, int>, std::vector<lake::DataFile>> files_;
};

}  // namespace sluice::connectors
