#include "connectors/delta/restore.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/crash_point.h"
#include "connectors/delta/table_files.h"
#include "lake/history.h"
#include "lake/readable.h"
#include "lake/restore_entry.h"
#include "lake/write_support.h"

namespace sluice::connectors {
namespace {

constexpr int kRestoreTriesMax = 20;

/// What is to be added again may have been cleaned up.
Status check_there(lake::Table& table, const std::string& path, io::FileSystem& files,
                   const std::vector<lake::DataFile>& adds) {
  for (const lake::DataFile& file : adds) {
    const std::string local = lake::data_path(path, file.path);
    SLUICE_ASSIGN(const auto found, files.find(local));
    if (!found) {
      return user_error("the file " + local + " of that version is gone; a VACUUM has removed it");
    }
    if (file.deletion_vector.empty()) continue;
    if (auto rows = table.deleted_rows(file.deletion_vector); !rows) {
      return user_error("the deletion vector of the file " + local +
                        " can no longer be read (VACUUM?): " + rows.error().message());
    }
  }
  return {};
}

/// In a table whose commits carry their time it must grow.
Result<std::int64_t> time_of_commit(lake::Table& table, const Clock& clock) {
  const std::int64_t now = clock.now() / 1000;
  SLUICE_ASSIGN(const auto newest, lake::history(table, 1));
  return newest.empty() ? now : std::max(now, newest[0].timestamp_ms + 1);
}

}  // namespace

Result<Restored> restore(lake::Table& table, const std::string& path, io::FileSystem& files,
                         std::int64_t version, const Restorer& restorer) {
  for (int attempt = 0; attempt < kRestoreTriesMax; ++attempt) {
    const lake::TableState& now = table.state();
    SLUICE_TRY(lake::check_writable(now));
    if (version < 0 || version > now.version) {
      return user_error("the table has no version " + std::to_string(version) + "; its newest is " +
                        std::to_string(now.version));
    }
    SLUICE_ASSIGN(lake::Table older, table.at_version(version));
    SLUICE_ASSIGN(const std::vector<lake::DataFile> files_then, older.files());
    SLUICE_ASSIGN(const std::vector<lake::DataFile> files_now, table.files());
    SLUICE_ASSIGN(lake::Restoration what,
                  lake::restoration(now, files_now, older.state(), files_then));
    if (what.is_nothing()) return Restored();
    what.txn_id = restorer.random.uuid();
    SLUICE_TRY(check_there(table, path, files, what.adds));
    if (table_property(now, "delta.appendOnly") == "true" && !what.removes.empty()) {
      return user_error("the Delta table is append-only (delta.appendOnly=true)");
    }
    SLUICE_ASSIGN(const std::int64_t time_ms, time_of_commit(table, restorer.clock));
    const std::string entry =
        lake::restore_entry(what, now, older.state(), restorer.engine, time_ms);
    crash_point("restore.commit");
    SLUICE_ASSIGN(const bool committed, table.put_next(entry));
    crash_point("restore.committed");
    Restored out;
    out.version = now.version + 1;
    out.files_removed = static_cast<std::int64_t>(what.removes.size());
    out.files_restored = static_cast<std::int64_t>(what.adds.size());
    out.metadata_restored = !what.metadata.empty();
    if (committed) return out;
    SLUICE_ASSIGN(const bool there, table.refresh());
    if (!there) return corruption_error("the Delta table is gone: path=" + path);
  }
  return transient_error("other writers were faster each time: path=" + path);
}

}  // namespace sluice::connectors
