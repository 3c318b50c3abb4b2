#include "connectors/delta/staged_leftovers.h"

#include <optional>

#include "lake/uri.h"

namespace sluice::connectors {

bool StagedLeftovers::is_ours(const std::string& file_name) const {
  const auto mark = names_.mark_of(file_name);
  return !mark || claim_.may_be_ours(*mark) || names_.is_rewritten(file_name);
}

Status StagedLeftovers::abort_uploads() const {
  SLUICE_ASSIGN(const auto uploads, context_.files.pending_uploads(path_));
  for (const io::PendingUpload& upload : uploads) {
    const std::string name = io::file_name(upload.path);
    if (!names_.batch_of(name) || !is_ours(name)) continue;
    SLUICE_TRY(context_.files.abort_upload(upload));
  }
  return {};
}

Status StagedLeftovers::remove(data::BatchId from, std::set<std::string> kept,
                               const LiveFiles& live_files) const {
  SLUICE_ASSIGN(const auto files, context_.files.list(path_, true));
  bool asked_table = false;
  for (const io::FileInfo& file : files) {
    const std::optional<data::BatchId> batch = names_.batch_of(io::file_name(file.path));
    // Of what was put together, older versions of the table may still need what this one has not.
    if (!batch || *batch < from || names_.is_compacted(io::file_name(file.path))) continue;
    if (!is_ours(io::file_name(file.path))) continue;
    if (!asked_table) {
      // A txn may expire in the log (delta.setTransactionRetentionDuration); its files do not.
      SLUICE_ASSIGN(const std::vector<lake::DataFile> live, live_files());
      for (const lake::DataFile& data_file : live) kept.insert(data_file.path);
      asked_table = true;
    }
    const std::string relative = file.path.substr(path_.size() + 1);
    if (kept.contains(lake::encode_path(relative))) continue;
    SLUICE_TRY(context_.files.remove(file.path));
  }
  return {};
}

}  // namespace sluice::connectors
