#include "sql/udf/python_workers.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "io/descriptor.h"
#include "io/system_error.h"
#include "sql/udf/worker_program.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kLengthsBytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);
/// A head is a few numbers, or the words of an exception.
constexpr std::uint32_t kHeadMax = 1U << 20U;

std::string functions_json(const std::vector<UserFunction>& functions) {
  Json all = Json::array();
  for (const UserFunction& function : functions) {
    Json arguments = Json::array();
    for (const UserFunction::Argument& argument : function.arguments) {
      arguments.push_back(arrow_name(*argument.type));
    }
    all.push_back({{"name", function.name},
                   {"file", function.file},
                   {"function", function.calls},
                   {"arguments", std::move(arguments)},
                   {"returns", arrow_name(*function.returns)}});
  }
  return dump_json(all);
}

std::string words_of_end(int status) {
  if (WIFSIGNALED(status)) {
    return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           ::sigdescr_np(WTERMSIG(status)) + ")";
  }
  return "ended with " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

/// One process. One thread at a time.
class PythonWorkers::Worker {
 public:
  static Result<std::unique_ptr<Worker>> start(const std::string& python,
                                               const std::string& functions);
  ~Worker() { end(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  struct Message {
    Json head;
    std::string body;
  };

  /// kUser E_FUNCTION_CRASHED when the process has ended.
  Status send(const Json& head, const std::vector<ArrowColumn>& columns);
  Result<Message> receive();

 private:
  Worker(pid_t process, io::Descriptor link) : process_(process), link_(std::move(link)) {}

  Status write(const void* data, std::size_t size);
  Status read(void* data, std::size_t size);
  Error crashed();
  int end();

  pid_t process_;  ///< -1: it has ended
  io::Descriptor link_;
};

Result<std::unique_ptr<PythonWorkers::Worker>> PythonWorkers::Worker::start(
    const std::string& python, const std::string& functions) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return io::system_error("make a socket", "", errno);
  }
  io::Descriptor own(ends[0]);
  const io::Descriptor other(ends[1]);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, other.number(), 0);
  // What functions print is not among the rows that sinks may write to standard output.
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  // Ctrl+C is for sluice, which ends its workers when the batch in hand is done.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::string name = python;
  std::string option = "-c";
  std::string program = worker_program();
  std::string given = functions;
  std::array<char*, 5> arguments{name.data(), option.data(), program.data(), given.data(), nullptr};
  pid_t process = -1;
  const int failure =
      ::posix_spawnp(&process, python.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    return user_error(
        "E_FUNCTION_PYTHON: cannot start '" + python + "', which calls functions in Python (" +
        std::generic_category().message(failure) +
        "); install Python 3 and pyarrow, or set SLUICE_PYTHON to a Python that has it");
  }
  std::unique_ptr<Worker> made(new Worker(process, std::move(own)));
  SLUICE_ASSIGN(const Message answer, made->receive());
  if (answer.head.contains("error")) {
    return user_error("E_FUNCTION_PYTHON: " + answer.head["error"].get<std::string>());
  }
  return made;
}

Status PythonWorkers::Worker::send(const Json& head, const std::vector<ArrowColumn>& columns) {
  const std::string text = dump_json(head);
  std::uint64_t body = 0;
  for (const ArrowColumn& column : columns) {
    for (const ArrowColumn::Buffer& buffer : column.buffers) body += buffer.size;
  }
  const auto head_bytes = static_cast<std::uint32_t>(text.size());
  std::string first(kLengthsBytes, '\0');
  std::memcpy(first.data(), &head_bytes, sizeof head_bytes);
  std::memcpy(first.data() + sizeof head_bytes, &body, sizeof body);
  first += text;
  SLUICE_TRY(write(first.data(), first.size()));
  for (const ArrowColumn& column : columns) {
    for (const ArrowColumn::Buffer& buffer : column.buffers) {
      SLUICE_TRY(write(buffer.data, buffer.size));
    }
  }
  return {};
}

Result<PythonWorkers::Worker::Message> PythonWorkers::Worker::receive() {
  std::array<char, kLengthsBytes> lengths{};
  SLUICE_TRY(read(lengths.data(), lengths.size()));
  std::uint32_t head = 0;
  std::uint64_t body = 0;
  std::memcpy(&head, lengths.data(), sizeof head);
  std::memcpy(&body, lengths.data() + sizeof head, sizeof body);
  if (head > kHeadMax)
    return internal_error("a worker of Python functions speaks another language");
  std::string text(head, '\0');
  SLUICE_TRY(read(text.data(), text.size()));
  Message message{.head = parse_json(text), .body = std::string(body, '\0')};
  if (!message.head.is_object()) {
    return internal_error("a worker of Python functions speaks another language");
  }
  SLUICE_TRY(read(message.body.data(), message.body.size()));
  return message;
}

Status PythonWorkers::Worker::write(const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = ::send(link_.number(), at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return crashed();
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return {};
}

Status PythonWorkers::Worker::read(void* data, std::size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = ::recv(link_.number(), at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return crashed();
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

Error PythonWorkers::Worker::crashed() {
  return user_error("E_FUNCTION_CRASHED: the process of Python " + words_of_end(end()));
}

int PythonWorkers::Worker::end() {
  int status = 0;
  if (process_ < 0) return status;
  // One that has ended keeps its own status.
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return status;
}

PythonWorkers::PythonWorkers(std::string python, const std::vector<UserFunction>& functions)
    : python_(std::move(python)), functions_(functions_json(functions)) {
  for (const UserFunction& function : functions) names_.push_back(function.name);
}

PythonWorkers::~PythonWorkers() = default;

Result<std::unique_ptr<PythonWorkers::Worker>> PythonWorkers::take() {
  {
    const std::lock_guard guard(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Worker> worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  return Worker::start(python_, functions_);
}

Result<PythonWorkers::Answer> PythonWorkers::call(std::size_t function, std::uint64_t rows,
                                                  const std::vector<ArrowColumn>& arguments) {
  SLUICE_ASSIGN(std::unique_ptr<Worker> worker, take());
  Json columns = Json::array();
  for (const ArrowColumn& column : arguments) {
    Json lengths = Json::array();
    for (const ArrowColumn::Buffer& buffer : column.buffers) lengths.push_back(buffer.size);
    columns.push_back(std::move(lengths));
  }
  const std::string subject = "function " + names_[function] + "()";
  const auto with_code = [&subject](Error error) {
    // The code comes first, then whose it is.
    const std::string& text = error.message();
    const std::size_t colon = text.find(": ");
    return Error(error.kind(), text.substr(0, colon) + ": " + subject + text.substr(colon + 1));
  };
  const Json head = {{"function", function}, {"rows", rows}, {"columns", std::move(columns)}};
  if (auto sent = worker->send(head, arguments); !sent) return with_code(sent.error().clone());
  auto message = worker->receive();
  if (!message) return with_code(message.error().clone());
  {
    const std::lock_guard guard(mutex_);
    idle_.push_back(std::move(worker));
  }
  if (message->head.contains("error")) {
    return user_error("E_FUNCTION_FAILED: " + subject + ": " +
                      message->head["error"].get<std::string>());
  }
  Answer answer{.lengths = {}, .bytes = std::move(message->body)};
  for (const Json& length : message->head["lengths"]) {
    answer.lengths.push_back(length.get<std::size_t>());
  }
  return answer;
}

}  // namespace sluice::sql
