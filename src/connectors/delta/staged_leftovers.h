#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connector/registry.h"
#include "connectors/delta/delta_claim.h"
#include "connectors/delta/staged_files.h"
#include "data/offset.h"
#include "lake/table.h"

namespace sluice::connectors {

/// What a sink has staged in its table's folder and nobody will commit: files and uploads of its
/// own, as their names say. Those of another checkpoint's folder may be in the outbox there and
/// are left to a vacuum; what a publish wrote again is not, and a fenced run cannot commit it.
class StagedLeftovers {
 public:
  /// `path` is the table's; the others outlive this.
  StagedLeftovers(std::string path, const connector::Context& context, const StagedNames& names,
                  const DeltaClaim& claim)
      : path_(std::move(path)), context_(context), names_(names), claim_(claim) {}

  /// Aborts uploads that a kill left half done.
  Status abort_uploads() const;

  /// The files of the table as it is now.
  using LiveFiles = std::function<Result<std::vector<lake::DataFile>>()>;
  /// Removes files staged for batches `from` and later, but those in `kept` (paths as in the log)
  /// and those that the table holds, which is asked only where there is something to remove.
  Status remove(data::BatchId from, std::set<std::string> kept, const LiveFiles& live_files) const;

 private:
  bool is_ours(const std::string& file_name) const;

  const std::string path_;
  const connector::Context& context_;
  const StagedNames& names_;
  const DeltaClaim& claim_;
};

}  // namespace sluice::connectors
