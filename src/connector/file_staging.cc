#include "connector/file_staging.h"

#include <set>
#include <utility>

#include "base/check.h"
#include "base/crash_point.h"
#include "connector/in_parallel.h"

namespace sluice::connector {
namespace {

/// Each large one goes up in parallel parts of its own.
constexpr std::size_t kUploadsMax = 4;

}  // namespace

FileStaging::FileStaging(const Context& context, std::string folder)
    : context_(context), folder_(std::move(folder)) {}

FileStaging::~FileStaging() {
  if (!spooled_.empty()) context_.spool->remove(spooled_);
}

Result<std::string> FileStaging::folder_to_write() {
  if (context_.files.is_local(folder_)) return folder_;
  SLUICE_CHECK(context_.spool != nullptr);
  SLUICE_ASSIGN(spooled_, context_.spool->folder_for(folder_));
  return spooled_;
}

Result<std::vector<WrittenFile>> FileStaging::write(BatchTable& rows, FileRequest request) {
  SLUICE_ASSIGN(request.folder, folder_to_write());
  return rows.write_files(request);
}

Status FileStaging::make_durable(const std::vector<WrittenFile>& files) {
  return spooled_.empty() ? sync(files) : upload(files);
}

Status FileStaging::sync(const std::vector<WrittenFile>& files) {
  std::set<std::string> folders;
  for (const WrittenFile& file : files) {
    const std::string path = io::join_path(folder_, file.path);
    SLUICE_TRY(context_.files.sync(path));
    // Each folder on the way may be new.
    for (std::string folder = io::parent_folder(path);
         folder.size() >= folder_.size() && folders.insert(folder).second;) {
      folder = io::parent_folder(folder);
    }
  }
  for (const std::string& folder : folders) SLUICE_TRY(context_.files.sync(folder));
  return {};
}

Status FileStaging::upload(const std::vector<WrittenFile>& files) {
  return in_parallel(files.size(), kUploadsMax, [&](std::size_t i) -> Status {
    const std::string local = io::join_path(spooled_, files[i].path);
    SLUICE_TRY(context_.files.upload(local, io::join_path(folder_, files[i].path)));
    crash_point("store.uploaded");
    return {};
  });
}

}  // namespace sluice::connector
