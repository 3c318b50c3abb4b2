#include "sluice/spark.h"

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "app/spark/spark_package.h"
#include "base/border.h"
#include "io/descriptor.h"
#include "io/system_error.h"

namespace sluice {
namespace {

/// A file in memory, open for reading from its start, that the next program inherits.
Result<io::Descriptor> memory_file(const char* name, std::string_view content) {
  io::Descriptor file(::memfd_create(name, 0));
  if (file.number() < 0) return io::system_error("make a file in memory", name, errno);
  SLUICE_TRY(io::write_all(file, name, content));
  if (::lseek(file.number(), 0, SEEK_SET) != 0) return io::system_error("rewind", name, errno);
  return file;
}

Status become(const SparkCommand& command) {
  SLUICE_ASSIGN(const io::Descriptor package,
                memory_file("sluice_spark.zip", app::spark_package()));
  SLUICE_ASSIGN(const io::Descriptor plan, memory_file("plan.json", command.plan));
  if (::dup2(plan.number(), STDIN_FILENO) < 0) {
    return io::system_error("give the plan to", command.python, errno);
  }
  std::string path = "/proc/self/fd/" + std::to_string(package.number());
  const char* before = std::getenv("PYTHONPATH");  // NOLINT(concurrency-mt-unsafe)
  if (before != nullptr && *before != '\0') path += ":" + std::string(before);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs.
  ::setenv("PYTHONPATH", path.c_str(), /*overwrite=*/1);
  std::vector<std::string> arguments = {command.python, "-m", "sluice_spark"};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  if (errno == ENOENT || errno == EACCES) {
    return user_error(
        "the Spark engine needs Python, and '" + command.python +
        "' cannot be started: install Python 3.9 or newer, or name one with --python");
  }
  return io::system_error("start", command.python, errno);
}

}  // namespace

Error become_spark_engine(const SparkCommand& command) {
  return at_border("start the Spark engine", [&] { return become(command); }).error();
}

}  // namespace sluice
