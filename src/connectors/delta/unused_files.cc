#include "connectors/delta/unused_files.h"

#include <optional>
#include <set>

#include "lake/log_actions.h"
#include "lake/readable.h"

namespace sluice::connectors {

Status remove_unused_files(lake::Table& table, std::int64_t from, const std::string& path,
                           const std::vector<std::string>& written, io::FileSystem& files) {
  if (written.empty()) return {};
  std::set<std::string> used;
  SLUICE_ASSIGN(const std::vector<lake::DataFile> live, table.files());
  for (const lake::DataFile& file : live) used.insert(lake::data_path(path, file.path));
  for (std::int64_t version = from + 1; version <= table.state().version; ++version) {
    SLUICE_ASSIGN(const std::optional<std::string> entry, table.log_entry(version));
    if (!entry) return {};
    SLUICE_ASSIGN(const std::vector<std::string> added, lake::added_paths(*entry));
    for (const std::string& logged : added) used.insert(lake::data_path(path, logged));
  }
  for (const std::string& relative : written) {
    const std::string whole = io::join_path(path, relative);
    if (!used.contains(whole)) SLUICE_TRY(files.remove(whole));
  }
  return {};
}

}  // namespace sluice::connectors
