#include "connectors/delta/small_files.h"

#include <bit>
#include <cstdint>
#include <utility>

namespace sluice::connectors {
namespace {

/// Files of one class differ by less than sixteen times in size.
int size_class(std::int64_t bytes) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(bytes)) / 4);
}

}  // namespace

void SmallFiles::add(const lake::DataFile& file) {
  if (file.bytes >= target_bytes_ / 2) return;
  files_[{file.partition_values, size_class(file.bytes)}].push_back(file);
}

Status SmallFiles::add(const std::string& add_action) {
  SLUICE_ASSIGN(const lake::AddedFile added, lake::read_add_action(add_action));
  lake::DataFile file;
  file.path = added.path;
  file.bytes = added.bytes;
  file.partition_values = added.partition_values;
  add(file);
  return {};
}

std::vector<std::vector<lake::DataFile>> SmallFiles::take(std::size_t files_min) {
  std::vector<std::vector<lake::DataFile>> groups;
  for (auto at = files_.begin(); at != files_.end();) {
    std::vector<lake::DataFile>& files = at->second;
    if (files.size() < files_min) {
      ++at;
      continue;
    }
    std::int64_t bytes = 0;
    std::vector<lake::DataFile> group;
    for (lake::DataFile& file : files) {
      if (bytes + file.bytes > target_bytes_) {
        groups.push_back(std::exchange(group, {}));
        bytes = 0;
      }
      bytes += file.bytes;
      group.push_back(std::move(file));
    }
    if (group.size() > 1) groups.push_back(std::move(group));
    at = files_.erase(at);
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

}  // namespace sluice::connectors
