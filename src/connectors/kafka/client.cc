#include "connectors/kafka/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/border.h"
#include "base/log.h"
#include "base/secret_name.h"
#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;

struct Refusal {
  std::string_view name;
  std::string_view reason;
};

/// Properties that would take decisions out of sluice's hands.
constexpr std::array kRefused = {
    Refusal{"bootstrap.servers", "use the option 'brokers'"},
    Refusal{"metadata.broker.list", "use the option 'brokers'"},
    Refusal{"group.id", "use the option 'group'"},
    Refusal{"group.instance.id", "partitions are assigned by sluice, not by a group"},
    Refusal{"group.protocol", "partitions are assigned by sluice, not by a group"},
    Refusal{"enable.auto.commit", "the checkpoint keeps the offsets"},
    Refusal{"auto.commit.interval.ms", "the checkpoint keeps the offsets"},
    Refusal{"enable.auto.offset.store", "the checkpoint keeps the offsets"},
    Refusal{"auto.offset.reset", "use the option 'start'; lost records are always an error"},
    Refusal{"enable.partition.eof", "sluice needs it on"},
    Refusal{"allow.auto.create.topics", "a source creates no topics"},
    Refusal{"queued.max.messages.kbytes", "use the option 'prefetch_bytes'"},
    Refusal{"queued.min.messages", "use the option 'prefetch_bytes'"},
    Refusal{"enable.idempotence", "delivery without duplicates is always on"},
    Refusal{"enable.gapless.guarantee", "sluice decides it"},
    Refusal{"transactional.id", "sluice uses transactions itself"},
    Refusal{"plugin.library.paths", "loading code is not allowed"},
    Refusal{"test.mock.num.brokers", "run 'sluice broker' instead"},
};

std::optional<PropertyProblem> set_property(rd_kafka_conf_t* conf, const std::string& name,
                                            const std::string& value) {
  std::array<char, 512> text{};
  const auto outcome =
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size());
  if (outcome == RD_KAFKA_CONF_OK) return std::nullopt;
  if (outcome == RD_KAFKA_CONF_UNKNOWN) {
    return PropertyProblem{name, "librdkafka has no property '" + name + "'"};
  }
  // librdkafka repeats values in its messages; a password must not get there.
  return PropertyProblem{name, names_a_secret(name)
                                   ? "the value of property '" + name + "' is not possible"
                                   : std::string(text.data())};
}

/// What librdkafka says of such a file ("No such file") names neither the file nor the property.
std::optional<PropertyProblem> find_missing_file(const std::string& name,
                                                 const std::string& value) {
  constexpr std::array<std::string_view, 5> kFiles = {"ssl.ca.location", "ssl.certificate.location",
                                                      "ssl.key.location", "ssl.keystore.location",
                                                      "ssl.crl.location"};
  if (std::ranges::find(kFiles, name) == kFiles.end() || value == "probe") return std::nullopt;
  if (::access(value.c_str(), R_OK) == 0) return std::nullopt;
  return PropertyProblem{name, "property '" + name + "' names a file that cannot be read: path=" +
                                   value + ": " + std::system_category().message(errno)};
}

std::optional<PropertyProblem> set_properties(
    rd_kafka_conf_t* conf, const std::map<std::string, std::string>& properties) {
  for (const auto& [name, value] : properties) {
    if (auto problem = set_property(conf, name, value)) return problem;
    if (auto problem = find_missing_file(name, value)) return problem;
  }
  return std::nullopt;
}

/// librdkafka's own words say of each certificate that it could not be verified, and not why.
// NOLINTNEXTLINE(readability-function-size): librdkafka gives it ten arguments.
int note_certificate(rd_kafka_t* /*handle*/, const char* /*broker*/, std::int32_t /*id*/,
                     int* error, int /*depth*/, const char* /*der*/, std::size_t /*size*/,
                     char* text, std::size_t text_size, void* self) {
  if (*error == 0) return 1;
  static_cast<Client*>(self)->note_certificate_error(*error);
  std::snprintf(text, text_size, "OpenSSL error %d", *error);
  return 0;
}

bool uses_tokens(const std::map<std::string, std::string>& properties) {
  return std::ranges::any_of(properties, [](const auto& property) {
    return (property.first == "sasl.mechanism" || property.first == "sasl.mechanisms") &&
           property.second == "OAUTHBEARER";
  });
}

}  // namespace

std::optional<PropertyProblem> find_property_problem(
    const std::map<std::string, std::string>& properties) {
  const OwnedConf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    const auto refused = std::ranges::find(kRefused, name, &Refusal::name);
    if (refused != kRefused.end()) {
      return PropertyProblem{
          name, "property '" + name + "' cannot be set here: " + std::string(refused->reason)};
    }
  }
  return set_properties(conf.get(), properties);
}

Result<std::shared_ptr<Client>> Client::create(const Connection& connection,
                                               const ClientSettings& settings,
                                               io::FileSystem& files) {
  if (const auto problem = find_property_problem(connection.properties)) {
    return user_error("kafka: " + problem->message);
  }
  std::shared_ptr<Client> client(new Client);
  SLUICE_ASSIGN(const BrokerAddress address, resolve_brokers(connection.brokers, files));
  client->brokers_ = address.brokers;
  client->embedded_ = address.embedded;
  client->log_context_ = log_context();
  client->connect_timeout_ = connection.connect_timeout;
  client->delivered_ = settings.delivered;
  client->properties_ = connection.properties;

  OwnedConf conf(rd_kafka_conf_new());
  std::map<std::string, std::string> properties = settings.fixed;
  properties.insert(connection.properties.begin(), connection.properties.end());
  properties.insert(settings.defaults.begin(), settings.defaults.end());
  properties["bootstrap.servers"] = client->brokers_;
  properties.emplace("client.id", "sluice");
  // Come back quickly after a failure.
  properties.emplace("reconnect.backoff.max.ms", "1000");
  if (const auto problem = set_properties(conf.get(), properties)) {
    return user_error("kafka: " + problem->message);
  }
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_error_cb(conf.get(), &Client::on_error);
  rd_kafka_conf_set_log_cb(conf.get(), &Client::on_log);
  if (client->delivered_) rd_kafka_conf_set_dr_msg_cb(conf.get(), &Client::on_delivery);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), &note_certificate);
  // Tokens are renewed by a thread of librdkafka's, however long a batch takes.
  const bool by_token = uses_tokens(connection.properties);
  if (by_token) rd_kafka_conf_enable_sasl_queue(conf.get(), 1);

  std::array<char, 512> text{};
  rd_kafka_conf_t* const given = conf.release();  // the client's, if there will be one
  client->handle_ = rd_kafka_new(settings.type, given, text.data(), text.size());
  if (client->handle_ == nullptr) {
    rd_kafka_conf_destroy(given);
    return user_error(std::string("kafka: these properties do not work together: ") + text.data());
  }
  if (by_token) {
    const OwnedError ignored(rd_kafka_sasl_background_callbacks_enable(client->handle_));
  }
  return client;
}

Client::~Client() {
  if (handle_ == nullptr) return;
  // No group to leave, and nothing to commit: the checkpoint has the offsets.
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

template <class Work>
void Client::inside_callback(Work work) noexcept {
  auto done = at_border("called by librdkafka", [&]() -> Status {
    work();
    return {};
  });
  if (done) return;
  const std::scoped_lock lock(mutex_);
  if (!thrown_) thrown_ = std::move(done).error();
}

void Client::on_error(rd_kafka_t* /*handle*/, int code, const char* reason, void* self) {
  auto& client = *static_cast<Client*>(self);
  client.inside_callback([&] {
    const std::scoped_lock lock(client.mutex_);
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    // That all are down says less than why one is.
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) client.last_error_ = reason;
    // A token that cannot be had at present is asked for again.
    if (is_refused_login(error) && error != RD_KAFKA_RESP_ERR__AUTHENTICATION) {
      client.refused_ = error;
    }
    client.note_final();
  });
}

void Client::on_log(const rd_kafka_t* handle, int /*level*/, const char* facility,
                    const char* text) {
  auto& client = *static_cast<Client*>(rd_kafka_opaque(handle));
  client.inside_callback([&] {
    const LogScope scope(client.log_context_);
    // Whatever matters comes back as an error too; here it would only frighten.
    log_debug(std::string("librdkafka: ") + facility + ": " + text);
    if (std::string_view(facility) != "FAIL") return;
    const std::scoped_lock lock(client.mutex_);
    client.last_error_ = text;
    client.note_final();
  });
}

bool Client::is_mock() const {
  // Known since the first answer: nobody is waited for.
  char* const name = rd_kafka_clusterid(handle_, 0);
  const bool is_mock = name != nullptr && std::string_view(name).starts_with("mockCluster");
  if (name != nullptr) rd_kafka_mem_free(handle_, name);
  return is_mock;
}

void Client::note_certificate_error(int error) noexcept { certificate_error_ = error; }

/// A certificate that the broker refuses comes as a failure that might pass.
void Client::note_final() {
  if (refused_ == RD_KAFKA_RESP_ERR_NO_ERROR && failure().is_final) {
    refused_ = RD_KAFKA_RESP_ERR__AUTHENTICATION;
  }
}

ConnectionFailure Client::failure() const {
  return read_failure(last_error_, {brokers_, properties_, certificate_error_});
}

void Client::on_delivery(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* self) {
  auto& client = *static_cast<Client*>(self);
  client.inside_callback([&] { client.delivered_(*message); });
}

Status Client::poll(milliseconds wait) {
  rd_kafka_poll(handle_, static_cast<int>(wait.count()));
  const std::scoped_lock lock(mutex_);
  if (thrown_) return thrown_->clone();
  if (refused_ == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (is_not_permitted(refused_)) {
    return kafka_error(refused_, "kafka: brokers=" + brokers_, last_error_);
  }
  return user_error("kafka: " + failure().to_string());
}

std::string Client::last_error_text() const {
  const std::scoped_lock lock(mutex_);
  return last_error_.empty() ? "" : "; " + failure().to_string();
}

Error Client::no_answer(const std::string& what, milliseconds waited) const {
  const std::string text = "kafka: " + what + ": no answer; brokers=" + brokers_ +
                           " waited=" + std::to_string(waited.count()) + "ms";
  const std::string last = last_error_text();
  return transient_error(
      text + (last.empty() ? "; check the addresses and that the brokers are running" : last));
}

rd_kafka_resp_err_t Client::hand_over(const std::string& topic, const RecordView& record) {
  const auto data_of = [](const std::optional<std::string_view>& text) -> void* {
    // A null pointer is an absent value; an empty one is there.
    static constexpr char kEmpty = 0;
    if (!text) return nullptr;
    return const_cast<char*>(text->data() == nullptr ? &kEmpty : text->data());
  };
  const auto size_of = [](const std::optional<std::string_view>& text) {
    return text ? text->size() : std::size_t{0};
  };
  rd_kafka_headers_t* headers = nullptr;
  std::string_view packed = record.headers;
  for (HeaderView header; take_header(packed, header);) {
    if (headers == nullptr) headers = rd_kafka_headers_new(8);
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        data_of(header.value), static_cast<ssize_t>(size_of(header.value)));
  }
  const auto code = rd_kafka_producev(
      handle_, RD_KAFKA_V_TOPIC(topic.c_str()),
      RD_KAFKA_V_PARTITION(record.partition >= 0 ? record.partition : RD_KAFKA_PARTITION_UA),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(data_of(record.key), size_of(record.key)),
      RD_KAFKA_V_VALUE(data_of(record.value), size_of(record.value)),
      RD_KAFKA_V_TIMESTAMP(record.timestamp_ms >= 0 ? record.timestamp_ms : 0),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  // Headers are librdkafka's only when it took the record.
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && headers != nullptr) rd_kafka_headers_destroy(headers);
  return code;
}

Result<OwnedEvent> Client::answer(rd_kafka_queue_t* queue, const std::string& what,
                                  std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  // The request has a little less time itself, so that its own answer gets here.
  const auto deadline = start + connect_timeout_;
  while (true) {
    OwnedEvent event(rd_kafka_queue_poll(queue, static_cast<int>(kPollSlice.count())));
    SLUICE_TRY(poll(milliseconds(0)));
    const auto now = std::chrono::steady_clock::now();
    const auto waited = std::chrono::duration_cast<milliseconds>(now - start);
    if (event) {
      const auto code = rd_kafka_event_error(event.get());
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
      if (code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT) {
        return no_answer(what, waited);
      }
      return kafka_error(code, "kafka: " + what + "; brokers=" + brokers_,
                         rd_kafka_event_error_string(event.get()));
    }
    if (stop.stop_requested()) return Error(Kind::kCancelled, "kafka: " + what + ": stopped");
    if (now > deadline) return no_answer(what, waited);
  }
}

}  // namespace sluice::connectors::kafka
