#pragma once

#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "connector/registry.h"

namespace sluice::connector {

/// How the files of a batch come to lie below a folder, durably: on this machine they are written
/// there and synced; for a store they are written to the spool and uploaded, several at a time. For
/// one batch, on the engine's thread.
class FileStaging {
 public:
  /// REQUIRES: `context` outlives this, and has a spool where `folder` is a store's.
  FileStaging(const Context& context, std::string folder);
  ~FileStaging();
  FileStaging(const FileStaging&) = delete;
  FileStaging& operator=(const FileStaging&) = delete;

  /// Where to write: this folder, or one of the spool that replaces it.
  /// REQUIRES: called once; this or write().
  Result<std::string> folder_to_write();
  /// BatchTable::write_files into folder_to_write().
  Result<std::vector<WrittenFile>> write(BatchTable& rows, FileRequest request);

  /// What was written there is below the folder and survives a power cut. After a failure what is
  /// there already stays there.
  /// REQUIRES: `files` lie in folder_to_write(), nobody writes to them any more.
  Status make_durable(const std::vector<WrittenFile>& files);

 private:
  Status sync(const std::vector<WrittenFile>& files);
  Status upload(const std::vector<WrittenFile>& files);

  const Context& context_;
  const std::string folder_;
  std::string spooled_;  // the folder that replaces folder_; "": itself
};

}  // namespace sluice::connector
