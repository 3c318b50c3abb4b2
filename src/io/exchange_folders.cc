#include "io/exchange_folders.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

#include "io/file_system.h"
#include "io/system_error.h"

namespace sluice::io {
namespace {

Status renamed(const std::string& from, const std::string& to, int result) {
  return result == 0 ? Status() : Status(system_error("rename to " + to, from, errno));
}

/// Of a file system that has no exchange.
Status exchange_in_steps(const std::string& fresh, const std::string& old) {
  const std::string away = fresh + ".old";
  SLUICE_TRY(renamed(old, away, ::rename(old.c_str(), away.c_str())));
  SLUICE_TRY(renamed(fresh, old, ::rename(fresh.c_str(), old.c_str())));
  return renamed(away, fresh, ::rename(away.c_str(), fresh.c_str()));
}

}  // namespace

Status exchange_folders(const std::string& fresh, const std::string& old) {
  if (::access(old.c_str(), F_OK) != 0) {
    SLUICE_TRY(renamed(fresh, old, ::rename(fresh.c_str(), old.c_str())));
  } else if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL && errno != ENOSYS) {
      return system_error("exchange with " + old, fresh, errno);
    }
    SLUICE_TRY(exchange_in_steps(fresh, old));
  }
  const auto files = make_local_file_system();
  SLUICE_TRY(files->sync(parent_folder(old)));
  return files->sync(parent_folder(fresh));
}

}  // namespace sluice::io
