#pragma once

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "data/offset.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::state {

/// A file of a backed up checkpoint: its bytes are those of its pieces, one after the other.
struct BackupFile {
  std::string path;  ///< below the checkpoint's folder
  std::uint64_t bytes = 0;
  std::vector<std::string> pieces;  ///< names
};

/// One backup: a checkpoint as a commit left it.
struct BackupManifest {
  std::int64_t number = 0;  ///< counts the backups of a folder, also over restarts
  std::string pipeline;
  data::BatchId batch = -1;  ///< the last one that was committed; -1: none
  Micros time = 0;
  std::string id;  ///< a UUID, by which its maker recognises it; "": of an older program
  std::vector<BackupFile> files;

  std::uint64_t bytes() const;
};

/// The folder that backups go to (docs/format/backup.md), on this machine or in a store: a manifest
/// per backup, and pieces of files, named by what is in them, so that what did not change is there
/// already. A backup is there once its manifest is. One thread at a time.
class BackupStore {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{8} << 20;

  /// `files` outlives this. Touches nothing.
  BackupStore(io::FileSystem& files, std::string folder)
      : files_(files), folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }

  /// Of all backups, the oldest first.
  Result<std::vector<std::int64_t>> numbers();
  /// kCorruption when it is not a manifest, or of a newer format.
  Result<BackupManifest> read(std::int64_t number);

  /// Puts the pieces of a file of this machine that are not there yet. kCancelled when stopped.
  Result<BackupFile> put_file(const std::string& local, std::string path, std::stop_token stop);
  /// The backup exists when this returns true. False: the number is taken by a backup of the same
  /// pipeline from before `began`, when this run looked for numbers: a write of an earlier run that
  /// a store has done late; the next number will do. kConflict E_BACKUP_FENCED: another run that
  /// lives has the number; the id shows it.
  Result<bool> put(const BackupManifest& manifest, Micros began);
  /// Removes the oldest manifests but `keep`, then the pieces that none of the others names.
  Status prune(int keep);

  /// Writes a file of a backup to a path of this machine, synced. kCorruption E_BACKUP_BROKEN: a
  /// piece is gone or has other bytes.
  Status fetch(const BackupFile& file, const std::string& local);

 private:
  std::string manifest_path(std::int64_t number) const;
  std::string piece_path(const std::string& name) const;
  Status learn_pieces();

  io::FileSystem& files_;
  const std::string folder_;
  bool knows_pieces_ = false;
  std::set<std::string> pieces_;  // that are there
};

/// A piece's name: what it holds, in 128 bits, and how many bytes.
std::string piece_name(std::string_view bytes);

}  // namespace sluice::state
