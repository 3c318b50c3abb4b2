#include "support/crash_child.h"

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace sluice::connector {

bool run_crash_child(const std::string& filter, const std::string& crash,
                     const std::string& folder) {
  const pid_t child = ::fork();
  SLUICE_CHECK(child >= 0);
  if (child == 0) {
    // A test program has one thread here, so that setenv after fork is safe.
    // NOLINTBEGIN(concurrency-mt-unsafe)
    ::setenv("SLUICE_CRASH", crash.c_str(), 1);
    ::setenv("SLUICE_CRASH_FOLDER", folder.c_str(), 1);
    // The child's one case may belong to another part of the program's cases.
    ::unsetenv("GTEST_TOTAL_SHARDS");
    ::unsetenv("GTEST_SHARD_INDEX");
    // NOLINTEND(concurrency-mt-unsafe)
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
    const std::string filter_flag = "--gtest_filter=" + filter;
    ::execl("/proc/self/exe", "crash_child", filter_flag.c_str(), "--gtest_also_run_disabled_tests",
            nullptr);
    ::_exit(126);
  }
  int status = 0;
  SLUICE_CHECK(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
  SLUICE_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return true;
}

std::string crash_child_folder() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in sluice writes the environment.
  const char* folder = std::getenv("SLUICE_CRASH_FOLDER");
  return folder == nullptr ? "" : folder;
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace sluice::connector
