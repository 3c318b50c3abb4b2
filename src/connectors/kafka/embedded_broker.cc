#include "connectors/kafka/embedded_broker.h"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

constexpr int kBrokerId = 1;
/// A message set is a record at least: the bytes are the bound that counts.
constexpr std::size_t kMessageSetsMax = 100'000'000;

void drop_log(const rd_kafka_t* /*handle*/, int /*level*/, const char* /*facility*/,
              const char* /*text*/) {}

/// librdkafka cannot be asked to fail when a port is taken, so this is found out before.
bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::listen(fd, 1) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

struct EmbeddedBroker::Cluster {
  rd_kafka_t* host = nullptr;
  rd_kafka_mock_cluster_t* cluster = nullptr;

  ~Cluster() {
    if (cluster != nullptr) rd_kafka_mock_cluster_destroy(cluster);
    if (host != nullptr) rd_kafka_destroy(host);
  }
};

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start(const EmbeddedBrokerOptions& options,
                                                              io::FileSystem& files) {
  if (options.port != 0 && !is_free(options.port)) {
    return user_error("kafka: port " + std::to_string(options.port) +
                      " is taken; choose another one with --port, or 0 for any");
  }
  auto cluster = std::make_unique<Cluster>();
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, &drop_log);
  std::array<char, 512> text{};
  cluster->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  if (cluster->host == nullptr) {
    rd_kafka_conf_destroy(conf);
    return internal_error(std::string("kafka: embedded broker: ") + text.data());
  }
  cluster->cluster = rd_kafka_mock_cluster_new_bounded(
      cluster->host, /*broker_cnt=*/1, options.port, options.partitions,
      static_cast<std::size_t>(options.partition_bytes), kMessageSetsMax);
  if (cluster->cluster == nullptr) {
    return internal_error("kafka: the embedded broker does not start; port=" +
                          std::to_string(options.port));
  }
  std::unique_ptr<EmbeddedBroker> broker(
      new EmbeddedBroker(std::move(cluster), files, options.announce));
  if (options.announce) {
    broker->announced_ = false;
    SLUICE_TRY(write_announcement({broker->address_, ::getpid(), options.partition_bytes}, files));
    broker->announced_ = true;
  }
  return broker;
}

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Cluster> cluster, io::FileSystem& files,
                               bool announced)
    : cluster_(std::move(cluster)),
      files_(files),
      address_(rd_kafka_mock_cluster_bootstraps(cluster_->cluster)),
      announced_(announced) {}

EmbeddedBroker::~EmbeddedBroker() {
  if (announced_) remove_announcement(::getpid(), files_);
}

void EmbeddedBroker::set_up(bool up) {
  const auto code = up ? rd_kafka_mock_broker_set_up(cluster_->cluster, kBrokerId)
                       : rd_kafka_mock_broker_set_down(cluster_->cluster, kBrokerId);
  static_cast<void>(code);
}

void EmbeddedBroker::fail_requests(std::int16_t kind, const std::vector<int>& errors) {
  std::vector<rd_kafka_resp_err_t> codes;
  for (const int error : errors) codes.push_back(static_cast<rd_kafka_resp_err_t>(error));
  rd_kafka_mock_push_request_errors_array(cluster_->cluster, kind, codes.size(), codes.data());
}

void EmbeddedBroker::forget_failures(std::int16_t kind) {
  rd_kafka_mock_clear_request_errors(cluster_->cluster, kind);
}

Status EmbeddedBroker::delete_records(const std::string& topic, std::int32_t partition,
                                      std::int64_t offset) {
  const auto code =
      rd_kafka_mock_partition_delete_records(cluster_->cluster, topic.c_str(), partition, offset);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, "kafka: delete records");
  return {};
}

}  // namespace sluice::connectors::kafka
