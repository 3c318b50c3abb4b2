#include <optional>
#include <utility>

#include "app/notify/http_receiver.h"
#include "app/notify/receiver_kinds.h"
#include "base/json.h"
#include "connectors/kafka/topic_name.h"
#include "connectors/kafka/topic_writer.h"

namespace sluice::app {
namespace {

namespace kafka = connectors::kafka;

/// Notices as records of a topic: the value is a webhook's body, the key says alert and key.
class KafkaReceiver final : public alerts::Receiver {
 public:
  KafkaReceiver(kafka::TopicWriterSettings settings, std::string topic, io::FileSystem& files)
      : settings_(std::move(settings)), topic_(std::move(topic)), files_(files) {}

  Sent send(const alerts::Notice& notice, const std::stop_token& stop) override {
    Status sent = send_record(notice, stop);
    // What failed may still be on its way in this writer.
    if (!sent) writer_.reset();
    return {std::move(sent)};
  }

 private:
  Status send_record(const alerts::Notice& notice, const std::stop_token& stop) {
    if (writer_ == nullptr || writer_->is_broken()) {
      SLUICE_ASSIGN(writer_, kafka::TopicWriter::create(settings_, files_));
    }
    const std::string key =
        notice.alert + "/" + (notice.group ? *notice.group : notice.first().key);
    const std::string value = webhook_bodies(notice).front();
    std::string headers;
    kafka::append_header(headers, "Idempotency-Key",
                         notice.pipeline + "/" + notice.alert + "/" + notice.id);
    kafka::RecordView record;
    record.key = key;
    record.value = value;
    record.headers = headers;
    SLUICE_TRY(writer_->send(topic_, record));
    return writer_->flush(stop);
  }

  const kafka::TopicWriterSettings settings_;
  const std::string topic_;
  io::FileSystem& files_;
  std::unique_ptr<kafka::TopicWriter> writer_;  // null: none that could go on
};

}  // namespace

ReceiverKind kafka_kind() {
  ReceiverKind kind;
  kind.name = "kafka";
  kind.text =
      "Writes a notice as a record of a topic that is there: the value is webhook's JSON, the key "
      "<alert>/<key>, the header Idempotency-Key the notice's key. At least once.";
  kind.options = kafka::connection_options();
  kind.options.push_back(
      {.name = "topic", .text = "The topic to write to.", .required = true, .example = "alerts"});
  kind.make = [](const Options& options,
                 const connector::Context& context) -> Result<std::unique_ptr<alerts::Receiver>> {
    SLUICE_ASSIGN(auto connection, kafka::read_connection(options));
    SLUICE_TRY(kafka::check_topic_name(options.value("topic"), options.text("topic")));
    kafka::TopicWriterSettings settings;
    settings.connection = std::move(connection);
    return {
        std::make_unique<KafkaReceiver>(std::move(settings), options.text("topic"), context.files)};
  };
  return kind;
}

}  // namespace sluice::app
