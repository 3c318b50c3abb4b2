#include "connectors/delta/vacuum.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/percent_text.h"
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
    paths.insert(lake::located_path(file.path));
    if (file.deletion_vector.empty()) continue;
    SLUICE_ASSIGN(const auto vector, lake::vector_path(file.deletion_vector));
    if (vector) paths.insert(*vector);
  }
  return paths;
}

/// Those of `paths` that lie in the table, relative to it: others' tools spell out whole paths.
Result<std::set<std::string>> inside(const std::set<std::string>& paths, const std::string& table,
                                     io::FileSystem& files) {
  SLUICE_ASSIGN(const io::StoreAddress address, files.address(table));
  const auto canonical = [](const std::string& path) {
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(path, ignored);
    return std::filesystem::weakly_canonical(absolute, ignored).string();
  };
  // Folders, as they are spelled out, that may stand for the table.
  std::vector<std::string> roots = {table + "/", percent_decoded(address.url) + "/"};
  const bool local = files.is_local(table);
  if (local) roots.push_back(canonical(table) + "/");
  std::set<std::string> out;
  for (const std::string& path : paths) {
    if (!lake::is_whole_path(path)) {
      out.insert(path);
      continue;
    }
    for (const std::string& whole : {path, local ? canonical(path) : path}) {
      for (const std::string& root : roots) {
        if (whole.starts_with(root)) out.insert(whole.substr(root.size()));
      }
    }
  }
  return out;
}

}  // namespace

Result<Vacuumed> vacuum(lake::Table& table, const std::string& path, io::FileSystem& files,
                        Micros now, Micros retention, bool dry_run) {
  const Micros cutoff = now - retention;
  SLUICE_ASSIGN(const auto found, files.list(path, true));
  // What came into the table since is in the version that is looked at after the listing.
  SLUICE_ASSIGN(const bool there, table.refresh());
  if (!there) return corruption_error("the Delta table is gone: path=" + path);
  // What we do not know may need files that we do not know.
  SLUICE_TRY(lake::check_readable(table.state()));
  SLUICE_ASSIGN(std::set<std::string> logged, lake::needed_since(table, cutoff / 1000));
  SLUICE_ASSIGN(std::set<std::string> live, needed_now(table));
  logged.merge(live);
  SLUICE_ASSIGN(const std::set<std::string> needed, inside(logged, path, files));
  Vacuumed out;
  for (const io::FileInfo& file : found) {
    const std::string relative = file.path.substr(path.size() + 1);
    if (file.is_folder || file.modified >= cutoff || !is_of_a_table(relative)) continue;
    if (needed.contains(relative)) continue;
    if (!dry_run) SLUICE_TRY(files.remove(file.path));
    out.files.push_back(relative);
    out.bytes += static_cast<std::int64_t>(file.bytes);
  }
  return out;
}

}  // namespace sluice::connectors
