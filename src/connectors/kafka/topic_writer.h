#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "connectors/kafka/client.h"
#include "connectors/kafka/connection.h"
#include "connectors/kafka/record_block.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

struct TopicWriterSettings {
  Connection connection;
  std::string transactional_id;  ///< "": no transactions
  std::string compression;       ///< Kafka's name of a codec; "": the user's property, or none
  /// Of the largest record, and so of the largest batch of records, that the topic takes.
  std::int64_t record_bytes_max = 1'000'000;
};

/// A producer of the sink's: sends records, in transactions or without. One thread.
///
/// Errors: kUser (a topic that is gone, not permitted, a record that is too large), kConflict
/// E_FENCED (another producer has the transactional id now), kTransient (what was sent is known not
/// to be there, or with no transaction may be there), kUnknownOutcome (it is not known). After the
/// latter and after kConflict the writer is of no more use.
class TopicWriter {
 public:
  /// Connects to nothing yet. Errors as of Client::create.
  static Result<std::unique_ptr<TopicWriter>> create(const TopicWriterSettings& settings,
                                                     io::FileSystem& files);
  ~TopicWriter();
  TopicWriter(const TopicWriter&) = delete;
  TopicWriter& operator=(const TopicWriter&) = delete;

  /// Of a writer with transactions, before anything else: fences earlier producers of the id, and
  /// waits until their last transaction is over, one way or the other.
  Status init();

  // One transaction.
  Status begin();
  /// In a transaction, or of a writer without any. Waits while too much is on its way. Copies the
  /// record.
  Status send(const std::string& topic, const RecordView& record);
  /// Everything sent is acknowledged by the brokers. After an error no transaction is open. After
  /// `stop` it does not wait any longer: kCancelled, what was sent may be there.
  Status flush(const std::stop_token& stop = {});
  /// Everything sent since begin() is there, for readers of committed records.
  Status commit();
  /// Takes a transaction back; nothing when none is open.
  Status abort();

  bool has_transactions() const { return has_transactions_; }
  /// Only another writer can go on.
  bool is_broken() const { return is_broken_; }

 private:
  explicit TopicWriter(bool has_transactions) : has_transactions_(has_transactions) {}

  void on_delivery(const rd_kafka_message_t& message);
  Error passing(Error error) const;
  Error failed_delivery();
  Error refused(rd_kafka_error_t* error, const std::string& what);
  Status took_back(Error cause);
  std::chrono::milliseconds patience() const;

  const bool has_transactions_;
  bool is_open_ = false;  // a transaction
  bool is_broken_ = false;
  std::shared_ptr<Client> client_;
  rd_kafka_resp_err_t failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the first delivery that failed
  std::string failure_text_;
};

}  // namespace sluice::connectors::kafka
