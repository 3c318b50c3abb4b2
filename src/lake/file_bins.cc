#include "lake/file_bins.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/ascii_text.h"

namespace sluice::lake {

std::int64_t target_file_bytes(const TableState& state) {
  const auto found = state.configuration.find("delta.targetFileSize");
  if (found == state.configuration.end()) return kTargetBytesDefault;
  const std::string text = lower_case(found->second);
  std::int64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const std::string unit = text.substr(static_cast<std::size_t>(end - text.data()));
  // Spark's JavaUtils.byteStringAs: powers of two.
  const std::pair<const char*, int> units[] = {{"", 0},   {"b", 0},   {"k", 10}, {"kb", 10},
                                               {"m", 20}, {"mb", 20}, {"g", 30}, {"gb", 30}};
  for (const auto& [name, shift] : units) {
    if (error == std::errc() && bytes > 0 && bytes < (1LL << 32) && unit == name) {
      return bytes << shift;
    }
  }
  return kTargetBytesDefault;
}

std::vector<std::vector<DataFile>> file_bins(std::vector<DataFile> files,
                                             std::int64_t target_bytes) {
  std::ranges::stable_sort(files, {}, &DataFile::partition_values);
  std::vector<std::vector<DataFile>> bins;
  std::int64_t bytes = 0;
  for (DataFile& file : files) {
    if (bins.empty() || bytes + file.bytes > target_bytes) {
      bins.emplace_back();
      bytes = 0;
    }
    bytes += file.bytes;
    bins.back().push_back(std::move(file));
  }
  return bins;
}

}  // namespace sluice::lake
