#include "connectors/kafka/kafka_sink.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/crash_point.h"
#include "base/json.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "connectors/kafka/cluster.h"
#include "connectors/kafka/topic_admin.h"
#include "data/arena.h"
#include "formats/binary_text.h"

namespace sluice::connectors::kafka {
namespace {

using connector::OutputMode;

/// What the broker adds to a record and its batch, at most.
constexpr std::int64_t kRecordOverhead = 128;
/// Kafka's default of max.message.bytes, where the broker does not say.
constexpr std::int64_t kUsualBytesMax = 1'048'588;
constexpr std::int64_t kBytesMin = 1000;  // librdkafka's
/// Records of so many bytes are in the outbox entry itself, which costs two statements of SQL less.
constexpr std::size_t kActionBytesMax = 16 << 10;
/// Each lost answer makes one more try.
constexpr int kClaimTriesMax = 5;

}  // namespace

connector::ChunkRequest KafkaSink::request() const {
  connector::ChunkRequest request;
  if (!context_.upsert.columns.empty()) request.upsert = context_.upsert;
  return request;
}

Status KafkaSink::check(const data::Schema& schema, OutputMode mode) const {
  if (mode == OutputMode::kUpsert && !options_.columns.key.empty()) {
    return user_error(
        "in mode upsert the record's key is made of the sink's own key; remove 'key' of kafka");
  }
  // What the format and the other options say of the columns; the time zone does not matter.
  SLUICE_ASSIGN(const OutgoingRows rows, OutgoingRows::make(connector::chunk_schema(schema, {}),
                                                            options_.columns, options_.value, {}));
  static_cast<void>(rows);
  return {};
}

Status KafkaSink::open(const data::Schema& /*schema*/, OutputMode mode) {
  mode_ = mode;
  SLUICE_TRY(find_topic());
  if (!options_.transactions) return {};
  SLUICE_ASSIGN(log_, CommitLog::open(options_.connection, options_.commits_topic,
                                      options_.transactional_id, context_.files));
  return {};
}

Status KafkaSink::find_topic() {
  SLUICE_ASSIGN(const auto cluster, Cluster::create(options_.connection, context_.files));
  SLUICE_ASSIGN(const auto admin, TopicAdmin::create(options_.connection, context_.files));
  SLUICE_ASSIGN(auto shapes, cluster->describe({options_.topic}, {}));
  if (shapes.empty()) {
    if (options_.create_partitions == 0) return cluster->unknown_topic(options_.topic);
    NewTopic topic;
    topic.name = options_.topic;
    topic.partitions = options_.create_partitions;
    if (mode_ == OutputMode::kUpsert) topic.config = {{"cleanup.policy", "compact"}};
    auto made = admin->create_topic(topic, {});
    SLUICE_ASSIGN(shapes, cluster->describe({options_.topic}, {}));
    if (shapes.empty()) return made ? cluster->unknown_topic(options_.topic) : std::move(made);
  }
  partitions_ = shapes.begin()->second.partitions;
  record_bytes_max_ = kUsualBytesMax;
  SLUICE_ASSIGN(const auto settings, admin->settings(options_.topic, {}));
  return settings ? check_settings(*settings) : Status();
}

Status KafkaSink::check_settings(const TopicSettings& settings) {
  if (const auto limit = settings.find("max.message.bytes"); limit != settings.end()) {
    const std::string& text = limit->second.value;
    static_cast<void>(std::from_chars(text.data(), text.data() + text.size(), record_bytes_max_));
    record_bytes_max_ = std::max(record_bytes_max_, kBytesMin);
  }
  const auto policy = settings.find("cleanup.policy");
  const bool is_compacted =
      policy == settings.end() || policy->second.value.find("compact") != std::string::npos;
  if (mode_ == OutputMode::kUpsert && !is_compacted) {
    log_warn("sink " + context_.name + ": topic '" + options_.topic +
             "' is not compacted (cleanup.policy=" + policy->second.value +
             "): rows that do not change for its retention time disappear from it");
  }
  return {};
}

void KafkaSink::introduce(const connector::Writer& writer,
                          const std::optional<connector::KnownClaim>& known) {
  run_ = writer;
  known_ = known;
}

Error KafkaSink::fenced_by(const connector::ClaimRecord& claim) const {
  return connector::fenced_by(
      "topic=" + options_.topic + " transactional_id=" + options_.transactional_id, epoch_,
      claim.epoch, claim);
}

/// There is a writer, it alone may write, and state_ is what the topic says.
Status KafkaSink::ready() {
  if (writer_ != nullptr && !writer_->is_broken()) return {};
  writer_.reset();
  const auto is_fenced = [this] {
    return epoch_ > 0 && state_.claim && state_.claim->epoch > epoch_;
  };
  if (epoch_ > 0) {
    // To take the id from a run that has claimed it since would stop that one for a moment.
    SLUICE_ASSIGN(state_, log_->newest());
    if (is_fenced()) return fenced_by(*state_.claim);
  }
  SLUICE_ASSIGN(auto writer, TopicWriter::create({.connection = options_.connection,
                                                  .transactional_id = options_.transactional_id,
                                                  .compression = options_.compression,
                                                  .record_bytes_max = record_bytes_max_},
                                                 context_.files));
  SLUICE_TRY(writer->init());
  SLUICE_ASSIGN(state_, log_->newest());
  if (is_fenced()) return fenced_by(*state_.claim);
  writer_ = std::move(writer);
  return {};
}

/// What to make of an outcome of the writer's: who has fenced it, and whether it can go on.
Status KafkaSink::settled(Status outcome) {
  const bool is_broken = writer_ != nullptr && writer_->is_broken();
  if (is_broken) writer_.reset();
  if (!outcome) sent_.clear();
  if (outcome || outcome.error().kind() != Kind::kConflict || !run_) return outcome;
  SLUICE_ASSIGN(const CommitState newest, log_->newest());
  if (newest.claim && newest.claim->epoch > epoch_) return fenced_by(*newest.claim);
  // Nobody has claimed the topic: a run that was older, or ended before it had.
  return Error(Kind::kUnknownOutcome, outcome.error().message());
}

Result<std::optional<connector::Head>> KafkaSink::head() {
  if (!options_.transactions) return std::optional<connector::Head>();
  if (run_ && epoch_ == 0 && writer_ == nullptr) {
    // A run that cannot go on must not stop one that can, which taking the id would do for a
    // moment. Only where a run that is gone has left a transaction open there is no other way.
    SLUICE_ASSIGN(const bool is_settled, log_->wait_until_settled());
    if (is_settled) {
      SLUICE_ASSIGN(const CommitState newest, log_->newest());
      return newest.head;
    }
  }
  SLUICE_TRY(settled(ready()));
  return state_.head;
}

/// Publishes `state` in a transaction of its own.
Status KafkaSink::note(const CommitState& state) {
  SLUICE_TRY(writer_->begin());
  const std::string json = commit_json(state);
  SLUICE_TRY(writer_->send(log_->topic(), {.key = log_->key(), .value = json}));
  return writer_->commit();
}

Result<std::optional<connector::Claim>> KafkaSink::claim() {
  if (!run_ || !options_.transactions) return std::optional<connector::Claim>();
  std::optional<std::int64_t> before;  // the newest epoch when the first try was made
  for (int attempt = 0; attempt < kClaimTriesMax; ++attempt) {
    epoch_ = 0;  // whoever has claimed before, this run comes after it
    SLUICE_TRY(settled(ready()));
    const std::int64_t newest = state_.claim ? state_.claim->epoch : 0;
    if (!before) before = newest;
    const bool took_over = *before > 0 && (!known_ || known_->epoch != *before);
    if (state_.claim && state_.claim->writer.run == run_->run) {  // its answer was lost
      epoch_ = newest;
      return std::optional(connector::Claim{epoch_, true, took_over});
    }
    if (newest > 0 && known_ && known_->epoch == newest && known_->mark == run_->mark) {
      epoch_ = newest;
      return std::optional(connector::Claim{epoch_, false, false});
    }
    const std::int64_t epoch = std::max(newest, known_ ? known_->epoch : 0) + 1;
    CommitState claimed{state_.head, connector::ClaimRecord{epoch, *run_, context_.clock.now()}};
    crash_point("kafka.claim");
    const Status noted = settled(note(claimed));
    crash_point("kafka.claimed");
    if (noted) {
      state_ = std::move(claimed);
      epoch_ = epoch;
      return std::optional(connector::Claim{epoch, true, took_over});
    }
    const Kind kind = noted.error().kind();
    if (kind != Kind::kUnknownOutcome && kind != Kind::kConflict) return noted.error().clone();
  }
  return transient_error("claim topic=" + options_.topic + ": other runs were faster each time");
}

Status KafkaSink::check_claim(const connector::Staged* next) {
  if (!run_ || epoch_ == 0) return {};
  // The broker says so if somebody has, here or when the transaction is committed.
  if (next != nullptr && sent_.empty()) return settled(send_batch(*next));
  SLUICE_ASSIGN(const CommitState newest, log_->newest());
  return newest.claim && newest.claim->epoch > epoch_ ? Status(fenced_by(*newest.claim)) : Status();
}

/// Before the batch is committed: later it could not be published, and would be in the way for
/// ever.
Status KafkaSink::check_size(const RecordView& record) const {
  const auto bytes = static_cast<std::int64_t>(record.bytes());
  if (bytes + kRecordOverhead <= record_bytes_max_) return {};
  return user_error("E_RECORD_TOO_LARGE: a row is a record of " + std::to_string(bytes) +
                    " bytes, and topic '" + options_.topic + "' takes " +
                    std::to_string(record_bytes_max_ - kRecordOverhead) +
                    "; key=" + (record.key ? shown_text(*record.key) : "none") +
                    "; raise max.message.bytes of the topic, or leave such rows out in the view");
}

Result<connector::Staged> KafkaSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  SLUICE_TRY(discard_staged());
  const connector::ChunkRequest wanted = request();
  SLUICE_ASSIGN(OutgoingRows outgoing,
                OutgoingRows::make(connector::chunk_schema(rows.schema(), wanted), options_.columns,
                                   options_.value, rows.zone()));
  outgoing.set_partitions(partitions_);
  StagedRecords records;
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      SLUICE_ASSIGN(const RecordView record, outgoing.at(chunk, row));
      SLUICE_TRY(check_size(record));
      SLUICE_TRY(records.add(record));
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks(wanted, add));
  Json action = {{"topic", options_.topic}};
  const std::string* const piece = records.only_piece();
  if (piece != nullptr) held_ = Held{batch, *piece};
  if (piece != nullptr && piece->size() <= kActionBytesMax) {
    std::string text;
    formats::append_base64(text, *piece);
    action["records"] = std::move(text);
    SLUICE_TRY(staged_->clear());
  } else {
    SLUICE_TRY(records.store(batch, *staged_));
  }
  connector::Staged staged;
  staged.batch = batch;
  staged.action = dump_json(action);
  staged.rows = records.records();
  staged.bytes = records.bytes();
  return staged;
}

Status KafkaSink::send_piece(std::string_view piece) {
  RecordView record;
  while (!piece.empty()) {
    if (!take_record(piece, record)) {
      return corruption_error("kafka: the checkpoint's staged records cannot be read; sink=" +
                              context_.name);
    }
    SLUICE_TRY(writer_->send(options_.topic, record));
  }
  return {};
}

Status KafkaSink::send_records(const connector::Staged& staged) {
  if (held_ && held_->batch == staged.batch) return send_piece(held_->records);
  const Json action = parse_json(staged.action);
  const auto records = action.is_object() ? action.find("records") : action.end();
  if (records != action.end() && records->is_string()) {
    data::Arena arena;
    const auto piece = formats::parse_base64(records->get<std::string>(), arena);
    return send_piece(piece.value_or("not base64"));
  }
  return staged_->read(staged.batch, [this](std::string_view piece) { return send_piece(piece); });
}

/// Puts the records and the note into a transaction. They are on their way when it succeeds:
/// publish() waits for the broker's answers, as late as it can.
Status KafkaSink::send_batch(const connector::Staged& staged) {
  SLUICE_TRY(ready());
  crash_point("kafka.begin");
  SLUICE_TRY(writer_->begin());
  auto sent = send_records(staged);
  crash_point("kafka.sent");
  if (sent) {
    const CommitState next{connector::Head{staged.batch, staged.plan_hash}, state_.claim};
    const std::string json = commit_json(next);
    sent = writer_->send(log_->topic(), {.key = log_->key(), .value = json});
  }
  if (!sent) {
    static_cast<void>(writer_->abort());
    return sent;
  }
  sent_ = staged.plan_hash;
  crash_point("kafka.noted");
  return {};
}

Status KafkaSink::publish_in_transaction(const connector::Staged& staged) {
  SLUICE_TRY(ready());
  if (state_.head && state_.head->batch >= staged.batch) {
    const bool is_ours =
        state_.head->batch > staged.batch || state_.head->plan_hash == staged.plan_hash;
    if (is_ours) return {};
    return Error(
        Kind::kConflict,
        "E_FENCED: batch=" + std::to_string(staged.batch) + " of topic=" + options_.topic +
            " was published by another run; transactional_id=" + options_.transactional_id);
  }
  if (sent_ != staged.plan_hash) {
    SLUICE_TRY(writer_->abort());
    SLUICE_TRY(send_batch(staged));
  }
  sent_.clear();
  SLUICE_TRY(writer_->commit());
  crash_point("kafka.committed");
  state_.head = connector::Head{staged.batch, staged.plan_hash};
  return {};
}

Status KafkaSink::publish_plainly(const connector::Staged& staged) {
  if (writer_ == nullptr || writer_->is_broken()) {
    SLUICE_ASSIGN(writer_, TopicWriter::create({.connection = options_.connection,
                                                .transactional_id = "",
                                                .compression = options_.compression,
                                                .record_bytes_max = record_bytes_max_},
                                               context_.files));
  }
  crash_point("kafka.begin");
  auto sent = send_records(staged);
  if (sent) sent = writer_->flush();
  crash_point("kafka.committed");
  // What failed is still on its way in this writer, or fails in it for good.
  if (!sent) writer_.reset();
  return sent;
}

Status KafkaSink::publish(const connector::Staged& staged) {
  auto published =
      options_.transactions ? settled(publish_in_transaction(staged)) : publish_plainly(staged);
  if (published) held_.reset();
  return published;
}

/// The checkpoint takes back what is in it.
Status KafkaSink::discard_staged() {
  held_.reset();
  sent_.clear();
  return writer_ == nullptr ? Status() : settled(writer_->abort());
}

}  // namespace sluice::connectors::kafka
