#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "connector/registry.h"
#include "connectors/delta/delta_sink_options.h"
#include "connectors/delta/small_files.h"
#include "connectors/delta/staged_files.h"
#include "lake/table.h"

namespace sluice::connectors {

/// The small files that a sink has put into its table, which it puts together now and then. Other
/// writers' files are theirs. The table is asked for them once, and again after whatever may have
/// changed them without saying which.
class OwnSmallFiles {
 public:
  /// `app_id` is the sink's in the log; the others outlive this.
  OwnSmallFiles(const DeltaSinkOptions& options, const connector::Context& context,
                const StagedNames& names, std::string app_id)
      : options_(options), context_(context), names_(names), app_id_(std::move(app_id)) {}

  /// After a commit of the sink's: the files that it has added and removed.
  void note_committed(const lake::Commit& commit);
  /// The table has to be asked.
  void forget() { small_.reset(); }

  /// Puts together what there is of one size (compaction.h); a `busy` sink waits for more.
  /// `refresh` brings the snapshot up to date. Gives whether there is a new version.
  Result<bool> put_together(lake::Table& table, const std::function<Status()>& refresh, bool busy);

 private:
  Status find(lake::Table& table);

  const DeltaSinkOptions& options_;
  const connector::Context& context_;
  const StagedNames& names_;
  const std::string app_id_;
  std::optional<SmallFiles> small_;  ///< null: the table has to be asked
};

}  // namespace sluice::connectors
