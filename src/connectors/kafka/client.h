#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "connectors/kafka/connection.h"
#include "connectors/kafka/connection_failure.h"
#include "connectors/kafka/owned.h"
#include "connectors/kafka/record_block.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Called for each delivery report of a producer, on the thread that calls poll(); `message` is
/// valid during the call.
using DeliveryReport = std::function<void(const rd_kafka_message_t& message)>;

/// How long one poll waits where a request to stop or a deadline is looked for in between.
inline constexpr std::chrono::milliseconds kPollSlice{50};

/// What a client is for, and what sluice itself sets; wins over the user's properties.
struct ClientSettings {
  rd_kafka_type_t type = RD_KAFKA_CONSUMER;
  std::map<std::string, std::string> defaults;  ///< the user's properties win over these
  std::map<std::string, std::string> fixed;
  DeliveryReport delivered;  ///< of producers
};

/// One librdkafka client: its threads, connections and what they reported last. Messages, queues
/// and topics that came from it must be freed before it; any thread may use it.
class Client {
 public:
  /// Connects to nothing yet. kUser when a property is unknown or has no meaning; with the embedded
  /// broker, when none runs.
  static Result<std::shared_ptr<Client>> create(const Connection& connection,
                                                const ClientSettings& settings,
                                                io::FileSystem& files);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* handle() const { return handle_; }
  /// Where it connects to: addresses, never "embedded".
  const std::string& brokers() const { return brokers_; }
  /// The brokers are the embedded one.
  bool embedded() const { return embedded_; }
  /// The brokers are librdkafka's mock cluster: an embedded one, by whatever address. False as long
  /// as nobody has answered.
  bool is_mock() const;
  std::chrono::milliseconds connect_timeout() const { return connect_timeout_; }

  /// Lets librdkafka report; the error when it was refused for good (a wrong password), or when
  /// what librdkafka called has thrown.
  Status poll(std::chrono::milliseconds wait);

  /// "; login failed; address=..." when a connection has failed, for messages: the step, the
  /// address, the answer and what to try.
  std::string last_error_text() const;

  /// A kTransient error that says which brokers did not answer, how long, and why as far as that is
  /// known.
  Error no_answer(const std::string& what, std::chrono::milliseconds waited) const;

  /// Of a producer: gives librdkafka the record, which it copies; its answer, such as
  /// RD_KAFKA_RESP_ERR__QUEUE_FULL.
  rd_kafka_resp_err_t hand_over(const std::string& topic, const RecordView& record);

  /// Waits for the answer to an admin request sent with `queue`, in slices, so that `stop` and a
  /// refused login end it. The event's own error is mapped.
  Result<OwnedEvent> answer(rd_kafka_queue_t* queue, const std::string& what, std::stop_token stop);

  /// OpenSSL's number of why a broker's certificate was refused. Any thread.
  void note_certificate_error(int error) noexcept;

 private:
  Client() = default;
  /// The body of what librdkafka calls, whose C code no exception may cross: poll() gives it.
  template <class Work>
  void inside_callback(Work work) noexcept;
  static void on_error(rd_kafka_t* handle, int code, const char* reason, void* self);
  static void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text);
  /// REQUIRES, of both: mutex_ is held.
  ConnectionFailure failure() const;
  void note_final();
  static void on_delivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* self);

  rd_kafka_t* handle_ = nullptr;
  std::string brokers_;
  bool embedded_ = false;
  std::string log_context_;  // of who made it: librdkafka's threads have none
  std::chrono::milliseconds connect_timeout_{0};
  DeliveryReport delivered_;
  std::map<std::string, std::string> properties_;  // the user's
  std::atomic<int> certificate_error_ = 0;
  mutable std::mutex mutex_;
  std::string last_error_;                                    // guarded by mutex_
  rd_kafka_resp_err_t refused_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // guarded by mutex_
  std::optional<Error> thrown_;                               // guarded by mutex_
};

/// Checks `properties` without connecting. The error names the property and not its value.
struct PropertyProblem {
  std::string name;
  std::string message;
};
std::optional<PropertyProblem> find_property_problem(
    const std::map<std::string, std::string>& properties);

}  // namespace sluice::connectors::kafka
