#include "connectors/kafka/broker_address.h"

#include <cerrno>
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <signal.h>

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

}  // namespace

std::string announcement_path() {
  std::string home = environment("SLUICE_HOME");
  if (home.empty()) home = io::join_path(environment("HOME"), ".cache/sluice");
  return io::join_path(home, "broker");
}

Result<Announcement> read_announcement(io::FileSystem& files) {
  const std::string path = announcement_path();
  if (!files.exists(path)) {
    return user_error("kafka: no embedded broker runs on this machine; address_file=" + path +
                      "; " + kHowToStart);
  }
  SLUICE_ASSIGN(const std::string text, files.read(path));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("address") || !json["address"].is_string()) {
    return user_error(
        "kafka: the address file of the embedded broker is not readable; address_file=" + path +
        "; remove it, then " + kHowToStart);
  }
  const auto number = [&](const char* key) -> std::int64_t {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  Announcement announcement{json["address"].get<std::string>(), number("pid"),
                            number("partition_bytes")};
  if (!is_alive(announcement.pid)) {
    return user_error("kafka: the embedded broker has ended, and its topics with it; address=" +
                      announcement.address + " pid=" + std::to_string(announcement.pid) + "; " +
                      kHowToStart);
  }
  return announcement;
}

Status write_announcement(const Announcement& announcement, io::FileSystem& files) {
  if (const auto other = read_announcement(files); other && other->pid != announcement.pid) {
    return user_error("kafka: an embedded broker runs already; address=" + other->address +
                      " pid=" + std::to_string(other->pid) + "; use it, or end it first");
  }
  const std::string path = announcement_path();
  SLUICE_TRY(files.make_folders(io::parent_folder(path)));
  const nlohmann::ordered_json json = {{"address", announcement.address},
                                       {"pid", announcement.pid},
                                       {"partition_bytes", announcement.partition_bytes}};
  return files.write_atomic(path, json.dump() + "\n");
}

void remove_announcement(std::int64_t pid, io::FileSystem& files) {
  const auto announcement = read_announcement(files);
  if (!announcement || announcement->pid != pid) return;
  // Left behind, the file names a process that is gone, and readers see that.
  static_cast<void>(files.remove(announcement_path()).has_value());
}

Result<BrokerAddress> resolve_brokers(const std::string& brokers, io::FileSystem& files) {
  if (brokers == "embedded") {
    SLUICE_ASSIGN(Announcement announcement, read_announcement(files));
    return BrokerAddress{std::move(announcement.address), true};
  }
  const auto announcement = read_announcement(files);
  return BrokerAddress{brokers, announcement && announcement->address == brokers};
}

}  // namespace sluice::connectors::kafka
