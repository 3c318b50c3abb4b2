#include "connectors/delta/vacuum.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lake/history.h"
#include "lake/readable.h"
#include "lake/uri.h"
#include "lake/vector_path.h"

namespace sluice::connectors {
namespace {

constexpr std::string_view kChangeData = "_change_data/";

/// Some part of the path is hidden: `_delta_log`, `.crc` ... but not `_day=1`, nor change data.
bool is_hidden(std::string_view relative) {
  if (relative.starts_with(kChangeData)) relative.remove_prefix(kChangeData.size());
  while (!relative.empty()) {
    const std::size_t end = std::min(relative.find('/'), relative.size());
    const std::string_view part = relative.substr(0, end);
    relative.remove_prefix(std::min(end + 1, relative.size()));
    const bool is_partition = !relative.empty() && part.find('=') != std::string_view::npos;
    if (part.starts_with('.') || (part.starts_with('_') && !is_partition)) return true;
  }
  return false;
}

/// Data, change data or a deletion vector, by its name.
bool is_of_a_table(std::string_view relative) {
  if (is_hidden(relative)) return false;
  const std::string name = io::file_name(relative);
  return name.ends_with(".parquet") ||
         (name.starts_with("deletion_vector_") && name.ends_with(".bin"));
}

/// Data files and deletion vectors of the newest version, as they are called on disk.
Result<std::set<std::string>> needed_now(lake::Table& table) {
  std::set<std::string> paths;
  SLUICE_ASSIGN(const std::vector<lake::DataFile> files, table.files());
  for (const lake::DataFile& file : files) {
    paths.insert(lake::decode_path(file.path));
    if (file.deletion_vector.empty()) continue;
    SLUICE_ASSIGN(const auto vector, lake::vector_path(file.deletion_vector));
    if (vector) paths.insert(*vector);
  }
  return paths;
}

}  // namespace

Result<Vacuumed> vacuum(lake::Table& table, const std::string& path, io::FileSystem& files,
                        Micros now, Micros retention, bool dry_run) {
  // What we do not know may need files that we do not know.
  SLUICE_TRY(lake::check_readable(table.state()));
  const Micros cutoff = now - retention;
  SLUICE_ASSIGN(std::set<std::string> needed, lake::needed_since(table, cutoff / 1000));
  SLUICE_ASSIGN(std::set<std::string> live, needed_now(table));
  needed.merge(live);
  SLUICE_ASSIGN(const auto found, files.list(path, true));
  Vacuumed out;
  for (const io::FileInfo& file : found) {
    const std::string relative = file.path.substr(path.size() + 1);
    if (file.is_folder || file.modified >= cutoff || !is_of_a_table(relative)) continue;
    // Others' tools write whole paths into the log.
    if (needed.contains(relative) || needed.contains(file.path)) continue;
    if (!dry_run) SLUICE_TRY(files.remove(file.path));
    out.files.push_back(relative);
    out.bytes += static_cast<std::int64_t>(file.bytes);
  }
  return out;
}

}  // namespace sluice::connectors
