#include "io/file_rights.h"

#include <cerrno>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace sluice::io {
namespace {

Status problem(const char* what, const std::string& path) {
  return user_error(std::string(what) + " path=" + path + ": " +
                    std::generic_category().message(errno));
}

}  // namespace

Status take_rights_of(const std::string& path, const std::string& model) {
  constexpr mode_t kRights = 0777;
  constexpr mode_t kFileRights = 0666;
  struct stat wanted{};
  struct stat own{};
  if (::stat(model.c_str(), &wanted) != 0) return problem("look at", model);
  if (::lstat(path.c_str(), &own) != 0) return problem("look at", path);
  // Only root may give away; a file of somebody else's is not this process's to change.
  const uid_t user = ::geteuid();
  if (user != 0 && user != own.st_uid) return {};
  if (S_ISLNK(own.st_mode)) return {};
  const mode_t mode = wanted.st_mode & (S_ISDIR(own.st_mode) ? kRights : kFileRights);
  if ((own.st_mode & kRights) != mode && ::chmod(path.c_str(), mode) != 0) {
    return problem("change the rights of", path);
  }
  if (user == 0 && (own.st_uid != wanted.st_uid || own.st_gid != wanted.st_gid) &&
      ::lchown(path.c_str(), wanted.st_uid, wanted.st_gid) != 0) {
    return problem("change the owner of", path);
  }
  return {};
}

}  // namespace sluice::io
