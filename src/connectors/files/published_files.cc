#include "connectors/files/published_files.h"

#include <algorithm>

#include "connectors/files/manifest.h"
#include "connectors/files/part_names.h"

namespace sluice::connectors {
namespace {

/// -1: none.
Result<data::BatchId> newest_batch(io::FileSystem& files, const std::string& path,
                                   const std::string& writer) {
  const std::string folder = io::join_path(path, "_batches/" + writer);
  data::BatchId newest = -1;
  SLUICE_ASSIGN(const auto manifests,
                files.list(folder + std::string(kWriterFolderEnding), /*recursive=*/false));
  for (const io::FileInfo& file : manifests) {
    newest = std::max(newest, manifest_batch(io::file_name(file.path)));
  }
  if (newest >= 0) return newest;
  // The layout before, which the next start moves.
  SLUICE_ASSIGN(const auto older, files.list(folder, /*recursive=*/false));
  for (const io::FileInfo& file : older) {
    newest = std::max(newest, old_manifest_batch(io::file_name(file.path)));
  }
  return newest;
}

}  // namespace

Result<std::vector<io::FileInfo>> published_files(io::FileSystem& files, const std::string& path,
                                                  std::string_view pipeline,
                                                  std::string_view sink) {
  const std::string writer = writer_name(pipeline, sink);
  // First, so that a batch that comes meanwhile is seen as a whole next time.
  SLUICE_ASSIGN(const data::BatchId newest, newest_batch(files, path, writer));
  std::vector<io::FileInfo> found;
  if (newest < 0) return found;
  const auto wanted = [&](const std::string& file) {
    if (std::string_view(file).substr(path.size()).starts_with("/_")) return false;
    const std::string name = io::file_name(file);
    return is_part_of(name, writer) && batch_of_part(name) <= newest;
  };
  SLUICE_TRY(files.each_file(path, /*recursive=*/true, wanted,
                             [&found](io::FileInfo file) { found.push_back(std::move(file)); }));
  std::ranges::sort(found, [](const io::FileInfo& one, const io::FileInfo& other) {
    const std::string a = io::file_name(one.path);
    const std::string b = io::file_name(other.path);
    const data::BatchId x = batch_of_part(a);
    const data::BatchId y = batch_of_part(b);
    return x != y ? x > y : a < b;
  });
  return found;
}

}  // namespace sluice::connectors
