#include "connectors/delta/own_small_files.h"

#include <cstddef>
#include <vector>

#include "base/log.h"
#include "connectors/delta/compaction.h"
#include "lake/file_bins.h"
#include "lake/uri.h"

namespace sluice::connectors {
namespace {

/// Groups that a busy sink waits for: four times as many files cost it a quarter of the commits.
constexpr std::size_t kBusyFactor = 4;

}  // namespace

void OwnSmallFiles::note_committed(const lake::Commit& commit) {
  if (!small_) return;
  // What a commit removes may be among the small files: the table knows.
  bool known = commit.removes.empty() && !commit.replace_all;
  for (const std::string& add : commit.adds) known = known && small_->add(add);
  if (!known) small_.reset();
}

Status OwnSmallFiles::find(lake::Table& table) {
  SLUICE_ASSIGN(const std::vector<lake::DataFile> files, table.files());
  small_.emplace(lake::target_file_bytes(table.state()));
  for (const lake::DataFile& file : files) {
    // Other writers' files are theirs to put together.
    if (names_.batch_of(io::file_name(lake::decode_path(file.path)))) small_->add(file);
  }
  return {};
}

Result<bool> OwnSmallFiles::put_together(lake::Table& table, const std::function<Status()>& refresh,
                                         bool busy) {
  if (!small_) SLUICE_TRY(find(table));
  const auto groups = small_->take(SmallFiles::kGroupFiles * (busy ? kBusyFactor : 1));
  if (groups.empty()) return false;
  SmallFiles rest = std::move(*small_);
  small_.reset();  // unless all goes well
  SLUICE_TRY(refresh());
  SLUICE_ASSIGN(const std::optional<std::int64_t> head, table.app_version(app_id_));
  const std::string attempt = StagedNames::kCompacted + context_.random.uuid().substr(0, 8);
  const CompactionPlace place{options_.path, context_, names_.prefix(head.value_or(0), attempt),
                              options_.compression, options_.row_group_rows};
  SLUICE_ASSIGN(const CompactionResult done, compact_groups(table, place, groups));
  if (done.version < 0) return false;
  log_debug("sink " + context_.name + ": " + std::to_string(done.files_removed) + " files became " +
            std::to_string(done.files_added));
  for (const std::string& add : done.adds) SLUICE_TRY(rest.add(add));
  std::size_t files = 0;
  for (const auto& group : groups) files += group.size();
  // Fewer: another writer has changed the files of a group, and the table has to be asked.
  if (done.files_removed == static_cast<std::int64_t>(files)) small_ = std::move(rest);
  return true;
}

}  // namespace sluice::connectors
