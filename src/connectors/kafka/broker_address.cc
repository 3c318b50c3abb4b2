#include "connectors/kafka/broker_address.h"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"

namespace sluice::connectors::kafka {
namespace {

constexpr const char* kHowToStart =
    "start one with 'sluice broker', or name a Kafka broker in 'brokers'";

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

bool is_alive(std::int64_t pid) {
  return pid > 0 && (kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

/// Somebody listens on the loopback port: a number of a process may be used again, and a process
/// that was killed may not be buried yet.
bool is_listening(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string::npos ||
      std::from_chars(address.data() + colon + 1, address.data() + address.size(), port).ec !=
          std::errc()) {
    return false;
  }
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0;
  ::close(fd);
  return connected;
}

}  // namespace

std::string announcement_path() {
  std::string home = environment("SLUICE_HOME");
  if (home.empty()) home = io::join_path(environment("HOME"), ".cache/sluice");
  return io::join_path(home, "broker");
}

namespace {

/// What the address file says, whether or not it is still so.
Result<Announcement> read_address_file(io::FileSystem& files) {
  const std::string path = announcement_path();
  SLUICE_ASSIGN(const auto there, files.find(path));
  if (!there) {
    return user_error("kafka: no embedded broker is running on this machine; address_file=" + path +
                      "; " + kHowToStart);
  }
  SLUICE_ASSIGN(const std::string text, files.read(path));
  const auto json = parse_ordered_json(text);
  if (!json.is_object() || !json.contains("address") || !json["address"].is_string()) {
    return user_error(
        "kafka: the address file of the embedded broker is not readable; address_file=" + path +
        "; remove it, then " + kHowToStart);
  }
  const auto number = [&](const char* key) -> std::int64_t {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  return Announcement{json["address"].get<std::string>(), number("pid"), number("partition_bytes")};
}

}  // namespace

Result<Announcement> read_announcement(io::FileSystem& files) {
  SLUICE_ASSIGN(Announcement announcement, read_address_file(files));
  if (!is_alive(announcement.pid) || !is_listening(announcement.address)) {
    return user_error("kafka: the embedded broker has ended, and its topics with it; address=" +
                      announcement.address + " pid=" + std::to_string(announcement.pid) + "; " +
                      kHowToStart);
  }
  return announcement;
}

Status write_announcement(const Announcement& announcement, io::FileSystem& files) {
  if (const auto other = read_announcement(files); other && other->pid != announcement.pid) {
    return user_error("kafka: an embedded broker is already running; address=" + other->address +
                      " pid=" + std::to_string(other->pid) + "; use it, or end it first");
  }
  const std::string path = announcement_path();
  SLUICE_TRY(files.make_folders(io::parent_folder(path)));
  const nlohmann::ordered_json json = {{"address", announcement.address},
                                       {"pid", announcement.pid},
                                       {"partition_bytes", announcement.partition_bytes}};
  return files.write_atomic(path, dump_json(json) + "\n");
}

void remove_announcement(std::int64_t pid, io::FileSystem& files) {
  const auto announcement = read_address_file(files);
  if (!announcement || announcement->pid != pid) return;
  // Left behind, the file names a process that is gone, and readers see that.
  static_cast<void>(files.remove(announcement_path()).has_value());
}

Result<BrokerAddress> resolve_brokers(const std::string& brokers, io::FileSystem& files) {
  if (brokers == "embedded") {
    SLUICE_ASSIGN(Announcement announcement, read_announcement(files));
    return BrokerAddress{std::move(announcement.address), true};
  }
  if (const std::size_t scheme = brokers.find("://"); scheme != std::string::npos) {
    std::string plain = brokers;
    for (std::size_t at = scheme; at != std::string::npos; at = plain.find("://")) {
      const std::size_t start = plain.rfind(',', at);
      const std::size_t from = start == std::string::npos ? 0 : start + 1;
      plain.erase(from, at + 3 - from);
    }
    while (plain.ends_with('/')) plain.pop_back();
    return user_error("kafka: brokers '" + brokers +
                      "' is a URL; brokers are named by host and port alone: brokers: \"" + plain +
                      "\" (TLS and logins are set in 'properties': security.protocol)");
  }
  const auto announcement = read_announcement(files);
  return BrokerAddress{brokers, announcement && announcement->address == brokers};
}

}  // namespace sluice::connectors::kafka
