#include "io/put_if_absent.h"

namespace sluice::io {
namespace {

constexpr int kTriesMax = 5;

Error not_kept(const std::string& folder, const std::string& why) {
  return user_error("E_NO_PUT_IF_ABSENT: path=" + folder + ": " + why +
                    ", so two writers could commit the same batch and exactly-once is not "
                    "possible; use a server that checks If-None-Match on PUT (Amazon S3, MinIO, "
                    "Ceph and R2 do)");
}

/// One try, under a name of its own; nobody else knows it.
Status probe(FileSystem& files, const std::string& folder, Random& random) {
  const std::string path = join_path(folder, "_probe-" + random.uuid());
  auto first = files.write_if_absent(path, "1");
  if (!first) {
    if (first.error().message().find("http=501") != std::string::npos) {
      return not_kept(folder, "the server refuses conditional writes (http=501)");
    }
    // It may be there all the same.
    if (first.error().kind() == Kind::kUnknownOutcome) SLUICE_TRY(files.remove(path));
    return std::move(first).error();
  }
  auto second = files.write_if_absent(path, "2");
  SLUICE_TRY(files.remove(path));
  if (!second) return std::move(second).error();
  if (*second) return not_kept(folder, "the server overwrites a file that must not be overwritten");
  return {};
}

}  // namespace

Status check_put_if_absent(FileSystem& files, const std::string& folder, Random& random) {
  if (files.is_local(folder)) return {};
  Status asked = probe(files, folder, random);
  for (int again = 1; again < kTriesMax && !asked; ++again) {
    // Whether a write whose answer was lost has happened does not matter: the next has another
    // name.
    if (asked.error().kind() != Kind::kUnknownOutcome) break;
    asked = probe(files, folder, random);
  }
  return asked;
}

}  // namespace sluice::io
