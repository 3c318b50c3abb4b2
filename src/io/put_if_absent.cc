#include "io/put_if_absent.h"

namespace sluice::io {
namespace {

Error not_kept(const std::string& folder, const std::string& why) {
  return user_error("E_NO_PUT_IF_ABSENT: path=" + folder + ": " + why +
                    ", so two writers could commit the same batch and exactly-once is not "
                    "possible; use a server that checks If-None-Match on PUT (Amazon S3, MinIO, "
                    "Ceph and R2 do)");
}

}  // namespace

Status check_put_if_absent(FileSystem& files, const std::string& folder, Random& random) {
  if (files.is_local(folder)) return {};
  // A retry by the library may find its own first try: nobody else knows this name.
  const std::string path = join_path(folder, "_probe-" + random.uuid());
  auto first = files.write_if_absent(path, "1");
  if (!first) {
    if (first.error().message().find("http=501") != std::string::npos) {
      return not_kept(folder, "the server refuses conditional writes (http=501)");
    }
    return std::move(first).error();
  }
  auto second = files.write_if_absent(path, "2");
  SLUICE_TRY(files.remove(path));
  if (!second) return std::move(second).error();
  if (*second) return not_kept(folder, "the server overwrites a file that must not be overwritten");
  return {};
}

}  // namespace sluice::io
