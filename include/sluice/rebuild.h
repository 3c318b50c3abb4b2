#pragma once

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"
#include "sluice/progress.h"

namespace sluice {

struct RebuildOptions {
  /// Views that are made again besides those that need it: whose state is another's, or which are
  /// new.
  std::set<std::string> views;
  RunListener* listener = nullptr;  ///< of the run that reads again; not owned; null: none
};

/// What a rebuild has done.
struct Rebuilt {
  struct Source {
    std::string name;
    std::string from;  ///< offsets, JSON
    std::string to;
    std::int64_t records = 0;
  };
  std::vector<std::string> views;  ///< as in the file, or parts of one
  std::vector<Source> sources;     ///< that were read again
  /// A shadow (include/sluice/shadow.h) of this version went on: it had read what came before.
  bool by_shadow = false;
  std::vector<std::string> whole;        ///< sinks that get the whole result with the next batch
  std::vector<std::string> from_now_on;  ///< those that cannot: of mode append, or fed row by row
  /// Sinks of the last start that the file has no more: their targets keep the result before.
  std::vector<std::string> left;
};

/// Makes the state of views again from what the sources still have, from where their option `start`
/// says up to where the checkpoint is, and puts it into the checkpoint in one transaction: until
/// then nothing has changed. Views that read such views are made again with them. Writes to no
/// sink. Blocks.
///
/// Where there is a shadow of this version (include/sluice/shadow.h), only what has come since is
/// read, and the shadow is removed.
///
/// What was final before (in windows that the watermark has closed) stays as it was written.
///
/// Errors: kUser (a source whose records cannot be had again, a sink that cannot take a whole
/// result), kConflict (the pipeline runs), kCancelled (`stop`), and those of a run.
Result<Rebuilt> rebuild(const Pipeline& pipeline, const RebuildOptions& options,
                        std::stop_token stop);

/// For people, several lines.
std::string rebuild_text(const Rebuilt& done);

}  // namespace sluice
