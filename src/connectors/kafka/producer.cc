#include "connectors/kafka/producer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/client.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/topic_admin.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kProgressEvery{100'000'000};
/// Records between two looks at delivery reports and the clock.
constexpr std::uint64_t kLookEvery = 256;
/// How long an unacknowledged record is waited for after the end or a stop.
constexpr milliseconds kFlushTimeout{60'000};

class Producer {
 public:
  Producer(const ProduceRequest& request, const ProduceSurroundings& surroundings)
      : request_(request), surroundings_(surroundings) {}

  Status open(std::stop_token stop);
  Status run(const RecordFeed& feed, std::stop_token stop);
  Status finish();
  const ProduceProgress& progress() const { return progress_; }

 private:
  Status send(const OutgoingRecord& record, std::stop_token stop);
  void keep_rate(std::stop_token stop);
  void report(bool always);
  void on_delivery(const rd_kafka_message_t& message);
  Status delivery_outcome() const;
  std::string explanation() const;

  const ProduceRequest& request_;
  const ProduceSurroundings& surroundings_;
  std::shared_ptr<Client> client_;
  ProduceProgress progress_;
  std::string headers_;  // of the record in hand
  nanoseconds started_{0};
  nanoseconds reported_{0};
  std::uint64_t failed_ = 0;
  rd_kafka_resp_err_t first_failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string first_reason_;
};

Status Producer::open(std::stop_token stop) {
  SLUICE_ASSIGN(const auto admin, TopicAdmin::create(request_.connection, surroundings_.files));
  NewTopic topic;
  topic.name = request_.topic;
  topic.partitions = request_.create_partitions;
  SLUICE_TRY(admin->find_or_create(topic, std::move(stop)));
  ClientSettings settings;
  settings.type = RD_KAFKA_PRODUCER;
  settings.fixed = {{"enable.idempotence", "true"}};
  settings.defaults = {
      // The same key goes to the same partition as with Java's producer.
      {"partitioner", "murmur2_random"},
      {"linger.ms", "5"},
      {"message.timeout.ms", "30000"},
      {"queue.buffering.max.kbytes", "65536"},
      {"queue.buffering.max.messages", "500000"},
  };
  settings.delivered = [this](const rd_kafka_message_t& message) { on_delivery(message); };
  SLUICE_ASSIGN(client_, Client::create(request_.connection, settings, surroundings_.files));
  started_ = reported_ = surroundings_.clock.steady();
  return {};
}

void Producer::on_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++progress_.delivered;
    return;
  }
  if (failed_++ > 0) return;
  first_failure_ = message.err;
  // Not rd_kafka_message_errstr(): that takes the record's value for the text.
  const char* reason = rd_kafka_message_produce_errstr(&message);
  first_reason_ = reason == nullptr ? rd_kafka_err2str(message.err) : reason;
  if (message.partition >= 0) {
    first_reason_ += "; partition=" + std::to_string(message.partition);
  }
}

std::string Producer::explanation() const {
  if (first_failure_ == RD_KAFKA_RESP_ERR_POLICY_VIOLATION && client_->embedded()) {
    std::string bound = "a bounded amount";
    if (const auto broker = read_announcement(surroundings_.files);
        broker && broker->address == client_->brokers() && broker->partition_bytes > 0) {
      bound = "at most " + std::to_string(broker->partition_bytes / (1024 * 1024)) + " MiB";
    }
    return "; the embedded broker keeps " + bound +
           " per partition and drops nothing; use a Kafka broker, more partitions, or a larger "
           "--partition-mib";
  }
  if (first_failure_ == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) {
    return "; brokers=" + client_->brokers() + client_->last_error_text();
  }
  return "";
}

Status Producer::delivery_outcome() const {
  if (failed_ == 0) return {};
  return kafka_error(first_failure_,
                     "kafka: records were not delivered; topic=" + request_.topic + " delivered=" +
                         std::to_string(progress_.delivered) + " failed=" + std::to_string(failed_),
                     first_reason_ + explanation());
}

Status Producer::send(const OutgoingRecord& record, std::stop_token stop) {
  headers_.clear();
  for (const auto& [name, value] : record.headers) append_header(headers_, name, value);
  const RecordView view{.key = record.key,
                        .value = record.value,
                        .headers = headers_,
                        .partition = record.partition.value_or(-1),
                        .timestamp_ms = record.timestamp_ms.value_or(-1)};
  while (true) {
    const auto code = client_->hand_over(request_.topic, view);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return kafka_error(code, "kafka: produce; topic=" + request_.topic +
                                   " record=" + std::to_string(progress_.sent + 1));
    }
    SLUICE_TRY(client_->poll(kPollSlice));
    SLUICE_TRY(delivery_outcome());
    report(false);
    if (stop.stop_requested()) return {};  // run() sees it too
  }
  ++progress_.sent;
  progress_.bytes +=
      (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  return {};
}

/// Record n is due n / rate after the start.
void Producer::keep_rate(std::stop_token stop) {
  if (request_.records_per_second <= 0) return;
  const auto due =
      started_ + nanoseconds(static_cast<std::int64_t>(static_cast<double>(progress_.sent) * 1e9 /
                                                       request_.records_per_second));
  while (!stop.stop_requested()) {
    const auto now = surroundings_.clock.steady();
    if (now >= due) return;
    static_cast<void>(client_->poll(milliseconds(0)).has_value());
    report(false);
    surroundings_.clock.sleep_until(std::min(due, now + kProgressEvery), stop);
  }
}

void Producer::report(bool always) {
  const auto now = surroundings_.clock.steady();
  progress_.duration_us = (now - started_).count() / 1000;
  if (!always && now - reported_ < kProgressEvery) return;
  reported_ = now;
  if (surroundings_.on_progress) surroundings_.on_progress(progress_);
}

Status Producer::run(const RecordFeed& feed, std::stop_token stop) {
  OutgoingRecord record;
  while (!stop.stop_requested()) {
    SLUICE_ASSIGN(const bool more, feed(record));
    if (!more) return {};
    keep_rate(stop);
    if (stop.stop_requested()) break;
    SLUICE_TRY(send(record, stop));
    if (progress_.sent % kLookEvery == 0) {
      SLUICE_TRY(client_->poll(milliseconds(0)));
      SLUICE_TRY(delivery_outcome());
      report(false);
    }
  }
  progress_.stopped = true;
  return {};
}

/// Waits for what was sent. After a failure the records that nobody has seen yet are given up.
Status Producer::finish() {
  const auto deadline = surroundings_.clock.steady() + kFlushTimeout;
  bool given_up = false;
  while (rd_kafka_outq_len(client_->handle()) > 0) {
    if (failed_ > 0 && !given_up) {
      rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE);
      given_up = true;
    }
    rd_kafka_flush(client_->handle(), static_cast<int>(kPollSlice.count()));
    SLUICE_TRY(client_->poll(milliseconds(0)));
    report(false);
    if (surroundings_.clock.steady() > deadline) {
      SLUICE_TRY(delivery_outcome());
      return client_->no_answer("produce; topic=" + request_.topic +
                                    " delivered=" + std::to_string(progress_.delivered) +
                                    " sent=" + std::to_string(progress_.sent),
                                kFlushTimeout);
    }
  }
  SLUICE_TRY(delivery_outcome());
  report(true);
  return {};
}

}  // namespace

Result<ProduceProgress> produce(const ProduceRequest& request, const RecordFeed& feed,
                                const ProduceSurroundings& surroundings, std::stop_token stop) {
  Producer producer(request, surroundings);
  SLUICE_TRY(producer.open(stop));
  auto fed = producer.run(feed, stop);
  // What was sent before a bad line is waited for too; a failed delivery says more than that the
  // feed was ended by it.
  SLUICE_TRY(producer.finish());
  if (!fed) {
    return std::move(fed).error().with("after " + std::to_string(producer.progress().delivered) +
                                       " delivered records");
  }
  return producer.progress();
}

}  // namespace sluice::connectors::kafka
