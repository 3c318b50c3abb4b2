#include "connectors/kafka/topic_writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Answers beyond the connect timeout: a leader may be moving.
constexpr milliseconds kMovingTime{20'000};
constexpr int kFarewellMs = 1000;

bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

std::string with_place(const std::string& text, const rd_kafka_message_t& message) {
  std::string place = text;
  if (message.rkt != nullptr) place += std::string("; topic=") + rd_kafka_topic_name(message.rkt);
  if (message.partition >= 0) place += " partition=" + std::to_string(message.partition);
  return place;
}

}  // namespace

Result<std::unique_ptr<TopicWriter>> TopicWriter::create(const TopicWriterSettings& settings,
                                                         io::FileSystem& files) {
  std::unique_ptr<TopicWriter> writer(new TopicWriter(!settings.transactional_id.empty()));
  ClientSettings client;
  client.type = RD_KAFKA_PRODUCER;
  client.fixed = {{"enable.idempotence", "true"}};
  if (writer->has_transactions_) client.fixed["transactional.id"] = settings.transactional_id;
  if (!settings.compression.empty()) client.fixed["compression.type"] = settings.compression;
  client.defaults = {
      // The same key goes to the same partition as with Java's producer.
      {"partitioner", "murmur2_random"},
      // A batch's records come at once, and its commit waits for them.
      {"linger.ms", "0.5"},
      {"message.max.bytes", std::to_string(settings.record_bytes_max)},
      // A record that is not acknowledged by then takes its batch back.
      {"message.timeout.ms", "30000"},
      {"queue.buffering.max.kbytes",
       std::to_string(std::max<std::int64_t>(65'536, settings.record_bytes_max / 512))},
      {"queue.buffering.max.messages", "500000"},
      {"allow.auto.create.topics", "false"},
      {"retry.backoff.ms", "20"},
  };
  client.delivered = [made = writer.get()](const rd_kafka_message_t& message) {
    made->on_delivery(message);
  };
  SLUICE_ASSIGN(writer->client_, Client::create(settings.connection, client, files));
  return writer;
}

TopicWriter::~TopicWriter() {
  // Readers need not wait for its end.
  if (is_open_ && !is_broken_) {
    const OwnedError ignored(rd_kafka_abort_transaction(client_->handle(), kFarewellMs));
  }
  // What is still queued belongs to a transaction that nobody commits.
  if (client_ != nullptr) {
    rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                          RD_KAFKA_PURGE_F_NON_BLOCKING);
  }
}

milliseconds TopicWriter::patience() const { return client_->connect_timeout() + kMovingTime; }

void TopicWriter::on_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR || failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  failure_ = message.err;
  // Not rd_kafka_message_errstr(): that takes the record's value for the text.
  const char* reason = rd_kafka_message_produce_errstr(&message);
  failure_text_ = with_place(reason == nullptr ? rd_kafka_err2str(message.err) : reason, message);
}

/// What the user can do nothing about may pass, with another writer if not with this one.
Error TopicWriter::passing(Error error) const {
  if (error.kind() == Kind::kUser) return error;
  return transient_error(error.message() + client_->last_error_text());
}

/// Why the first record was not taken, which is forgotten.
Error TopicWriter::failed_delivery() {
  const auto code = std::exchange(failure_, RD_KAFKA_RESP_ERR_NO_ERROR);
  std::string text = std::exchange(failure_text_, "");
  if (is_fenced(code)) {
    is_broken_ = true;
    return {Kind::kConflict, "E_FENCED: kafka: another producer took over: " + text};
  }
  if (code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) {
    text += "; brokers=" + client_->brokers() + client_->last_error_text();
  }
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    return user_error("E_RECORD_TOO_LARGE: kafka: the broker takes no record of this size: " +
                      text + "; raise max.message.bytes of the topic, or leave such rows out");
  }
  return passing(kafka_error(code, "kafka: a record was not delivered", text));
}

/// Takes ownership of librdkafka's `error`.
Error TopicWriter::refused(rd_kafka_error_t* error, const std::string& what) {
  const OwnedError owned(error);
  const auto code = rd_kafka_error_code(error);
  const std::string text = rd_kafka_error_string(error);
  if (is_fenced(code)) {
    is_broken_ = true;
    return {Kind::kConflict, "E_FENCED: kafka: " + what + ": another producer took over: " + text};
  }
  if (rd_kafka_error_is_fatal(error) != 0) is_broken_ = true;
  return passing(kafka_error(code, "kafka: " + what + "; brokers=" + client_->brokers(), text));
}

Status TopicWriter::init() {
  const auto deadline = steady_clock::now() + patience();
  while (true) {
    rd_kafka_error_t* const error =
        rd_kafka_init_transactions(client_->handle(), static_cast<int>(kPollSlice.count()) * 10);
    if (error == nullptr) return {};
    const bool again = rd_kafka_error_is_retriable(error) != 0;
    Error made = refused(error, "take the transactional id");
    SLUICE_TRY(client_->poll(milliseconds(0)));  // a refused login says more
    if (again && steady_clock::now() < deadline) continue;
    is_broken_ = true;
    return made;
  }
}

Status TopicWriter::begin() {
  failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_error_t* const error = rd_kafka_begin_transaction(client_->handle());
  if (error != nullptr) {
    is_broken_ = true;
    return refused(error, "begin a transaction");
  }
  is_open_ = true;
  return {};
}

Status TopicWriter::send(const std::string& topic, const RecordView& record) {
  const auto deadline = steady_clock::now() + patience();
  while (true) {
    const auto code = client_->hand_over(topic, record);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && steady_clock::now() < deadline) {
      SLUICE_TRY(client_->poll(kPollSlice));
      if (failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) return took_back(failed_delivery());
      continue;
    }
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
      return took_back(user_error("E_RECORD_TOO_LARGE: kafka: a record of " +
                                  std::to_string(record.bytes()) +
                                  " bytes is larger than message.max.bytes; topic=" + topic +
                                  "; raise it in 'properties' (the topic's max.message.bytes, "
                                  "too), or leave such rows out"));
    }
    // The transaction has failed already: why says a delivery report, or that it was fenced.
    SLUICE_TRY(client_->poll(milliseconds(0)));
    if (failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) return took_back(failed_delivery());
    std::array<char, 256> text{};
    const auto fatal = rd_kafka_fatal_error(client_->handle(), text.data(), text.size());
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) is_broken_ = true;
    if (is_fenced(fatal)) {
      return Error(Kind::kConflict,
                   std::string("E_FENCED: kafka: another producer took over, or the transaction "
                               "took longer than transaction.timeout.ms: ") +
                       text.data());
    }
    return took_back(passing(kafka_error(code, "kafka: send a record; topic=" + topic)));
  }
}

Status TopicWriter::flush(const std::stop_token& stop) {
  auto deadline = steady_clock::now() + patience();
  int left = rd_kafka_outq_len(client_->handle());
  // As long as records are acknowledged, however slowly, they are waited for.
  for (int now = left; now > 0; now = rd_kafka_outq_len(client_->handle())) {
    if (now < left) deadline = steady_clock::now() + patience();
    left = now;
    rd_kafka_flush(client_->handle(), static_cast<int>(kPollSlice.count()));
    SLUICE_TRY(client_->poll(milliseconds(0)));
    if (failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) return took_back(failed_delivery());
    if (stop.stop_requested()) return took_back(Error(Kind::kCancelled, "stopped"));
    if (steady_clock::now() > deadline) {
      return took_back(client_->no_answer("send records", patience()));
    }
  }
  if (failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) return took_back(failed_delivery());
  return {};
}

Status TopicWriter::commit() {
  rd_kafka_error_t* const error =
      rd_kafka_commit_transaction(client_->handle(), static_cast<int>(patience().count()));
  if (error == nullptr) {
    is_open_ = false;
    return {};
  }
  const bool can_abort = rd_kafka_error_txn_requires_abort(error) != 0;
  Error made = refused(error, "commit the transaction");
  if (made.kind() == Kind::kConflict) return made;
  if (can_abort && !is_broken_) {
    if (failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) made = failed_delivery();
    return took_back(std::move(made));
  }
  is_broken_ = true;
  return Error(Kind::kUnknownOutcome, made.message() + client_->last_error_text());
}

Status TopicWriter::abort() {
  if (!is_open_) return {};
  is_open_ = false;
  rd_kafka_error_t* const error =
      rd_kafka_abort_transaction(client_->handle(), static_cast<int>(patience().count()));
  if (error == nullptr) return {};
  is_broken_ = true;
  return refused(error, "take the transaction back");
}

/// `cause`, once it is certain that nothing of the transaction stays.
Status TopicWriter::took_back(Error cause) {
  if (!has_transactions_ || cause.kind() == Kind::kConflict) return cause;
  if (abort()) return cause;
  // The next writer of the id takes it back.
  is_broken_ = true;
  return cause;
}

}  // namespace sluice::connectors::kafka
