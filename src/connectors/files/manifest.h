#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// A data file of a batch. `path` is relative to the staging folder before, to the table's folder
/// after publishing: the same text in both.
struct ManifestFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  bool operator==(const ManifestFile&) const = default;
};

/// What a batch put into a folder of files: the JSON document `_batches/<writer>.d/<N>.manifest`
/// whose appearance is the commit (docs/format/files.md), and, with an empty hash, what a sink
/// stages.
struct Manifest {
  data::BatchId batch = 0;
  std::string plan_hash;
  std::string mode;     ///< "append", or "complete": the files replace those of the batch before
  std::string columns;  ///< as Schema::to_string gives them
  std::string notes;    ///< JSON of the engine's, kept as it is; empty: none
  /// Of what is staged: the folder below the staging folder that has the files; "": itself.
  std::string staging{};
  std::vector<ManifestFile> files;
  bool operator==(const Manifest&) const = default;
};

std::string manifest_json(const Manifest& manifest);
/// kCorruption when `text` is not a manifest; `path` names it in the message.
Result<Manifest> parse_manifest(std::string_view text, std::string_view path);

/// "00000000012.manifest": names sort by batch, and nobody takes the file for one of rows.
std::string manifest_name(data::BatchId batch);
/// The batch of such a name, or -1: another file.
data::BatchId manifest_batch(std::string_view file_name);
/// The batch of a name of the layout before, "00000000012.json", or -1.
data::BatchId old_manifest_batch(std::string_view file_name);

/// "00000000005.claim": beside the manifests, what a run has claimed (connector::ClaimRecord).
std::string claim_name(std::int64_t epoch);
/// The epoch of such a name, or -1: another file.
std::int64_t claim_epoch(std::string_view file_name);

}  // namespace sluice::connectors
