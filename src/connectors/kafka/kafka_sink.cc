#include "connectors/kafka/kafka_sink.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/crash_point.h"
#include "base/json.h"
#include "base/log.h"
#include "base/shown_text.h"
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
// librdkafka's limits of it.
constexpr std::int64_t kBytesMin = 1000;
constexpr std::int64_t kBytesMost = 1'000'000'000;
/// Records of so many bytes are in the outbox entry itself, which costs two statements of SQL less.
constexpr std::size_t kActionBytesMax = 16 << 10;
/// For how long what is known of the topic's settings is taken for true.
constexpr std::chrono::seconds kSettingsAge{5};
/// Each lost answer makes one more try.
constexpr int kClaimTriesMax = 5;

/// A message without the code that it begins with.
std::string without_code(const std::string& message) {
  constexpr std::string_view kFenced = "E_FENCED: ";
  return message.starts_with(kFenced) ? message.substr(kFenced.size()) : message;
}

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
  if (mode == OutputMode::kUpsert && !options_.columns.partition.empty()) {
    return user_error(
        "in mode upsert a key's records must be in one partition; remove 'partition' of kafka, or "
        "write partition_by: a column of the key");
  }
  if (const std::string& by = options_.columns.partition_by;
      mode == OutputMode::kUpsert && !by.empty() &&
      std::ranges::find(context_.upsert.columns, by) == context_.upsert.columns.end()) {
    return user_error(
        "in mode upsert a key's records must be in one partition; 'partition_by' of "
        "kafka must be a column of the sink's key, and " +
        by + " is none");
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
  SLUICE_ASSIGN(admin_, TopicAdmin::create(options_.connection, context_.files));
  NewTopic topic;
  topic.name = options_.topic;
  topic.partitions = options_.create_partitions;
  if (mode_ == OutputMode::kUpsert) topic.config = {{"cleanup.policy", "compact"}};
  SLUICE_ASSIGN(const FoundTopic found, admin_->find_or_create(topic, {}));
  partitions_ = found.shape.partitions;
  topic_id_ = found.shape.id;
  limits_ = {};
  record_bytes_max_ = kUsualBytesMax;
  SLUICE_ASSIGN(const auto settings, admin_->settings(options_.topic, {}));
  if (settings) take_settings(*settings);
  if (mode_ == OutputMode::kUpsert && limits_.are_known && !limits_.needs_key) {
    log_warn(
        "sink " + context_.name + ": topic '" + options_.topic +
        "' is not compacted: rows that do not change for its retention time disappear from it");
  }
  settings_read_ = context_.clock.steady();
  return {};
}

/// Somebody may have changed them: what they refuse must not be committed.
void KafkaSink::refresh_settings() {
  if (!limits_.are_known || context_.clock.steady() - settings_read_ < kSettingsAge) return;
  const auto settings = admin_->settings(options_.topic, {});
  // A broker that does not answer will not take the batch either.
  if (!settings || !*settings) return;
  const std::int64_t before = std::exchange(record_bytes_max_, kUsualBytesMax);
  limits_ = {};
  take_settings(**settings);
  if (record_bytes_max_ > before) writer_.reset();  // it would refuse what the topic takes now
  settings_read_ = context_.clock.steady();
}

void KafkaSink::take_settings(const TopicSettings& settings) {
  const auto number = [&settings](const char* name, std::int64_t& value) {
    const auto found = settings.find(name);
    if (found == settings.end()) return;
    const std::string& text = found->second.value;
    static_cast<void>(std::from_chars(text.data(), text.data() + text.size(), value));
  };
  number("max.message.bytes", record_bytes_max_);
  record_bytes_max_ = std::clamp(record_bytes_max_, kBytesMin, kBytesMost);
  const auto type = settings.find("message.timestamp.type");
  if (type == settings.end() || type->second.value == "CreateTime") {
    number("message.timestamp.before.max.ms", limits_.past_ms);
    number("message.timestamp.after.max.ms", limits_.future_ms);
  }
  const auto policy = settings.find("cleanup.policy");
  limits_.are_known = policy != settings.end();
  if (!limits_.are_known) return;
  limits_.needs_key = policy->second.value.find("compact") != std::string::npos;
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
    SLUICE_ASSIGN(state_, newest_while_running());
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

/// What the topic says, unless a transaction is open there: it may be that of another sink of this
/// pipeline, which ends only once this one is ready.
Result<CommitState> KafkaSink::newest_while_running() {
  SLUICE_ASSIGN(const bool is_settled, log_->wait_until_settled());
  if (is_settled) return log_->newest();
  return transient_error("kafka: another sink's transaction is open in topic=" + log_->topic() +
                         " partition=" + std::to_string(log_->partition()) +
                         "; what was published is looked at once it has ended");
}

/// What to make of an outcome of the writer's: who has fenced it, and whether it can go on.
Status KafkaSink::settled(Status outcome) {
  const bool is_broken = writer_ != nullptr && writer_->is_broken();
  if (is_broken) writer_.reset();
  if (!outcome) sent_.clear();
  if (outcome || outcome.error().kind() != Kind::kConflict || !run_) return outcome;
  SLUICE_ASSIGN(const CommitState newest, newest_while_running());
  if (newest.claim && newest.claim->epoch > epoch_) return fenced_by(*newest.claim);
  // Nobody has claimed the topic: the broker itself, a run that was older, or ended before it had.
  return Error(
      Kind::kUnknownOutcome,
      "kafka: the transaction was ended by the broker because it took longer than "
      "transaction.timeout.ms (raise it in 'properties', or make batches smaller), or by a "
      "producer that has taken transactional_id=" +
          options_.transactional_id +
          " and claimed nothing: " + without_code(outcome.error().message()));
}

Result<std::optional<connector::Head>> KafkaSink::head() {
  if (!options_.transactions) return std::optional<connector::Head>();
  if (run_ && epoch_ == 0 && writer_ == nullptr) {
    // A run that cannot go on must not stop one that can, which taking the id would do for a
    // moment. Only where a run that is gone has left a transaction open there is no other way.
    SLUICE_ASSIGN(const bool is_settled, log_->wait_until_settled());
    if (is_settled) {
      SLUICE_ASSIGN(const CommitState newest, log_->newest());
      return head_of(newest);
    }
  }
  SLUICE_TRY(settled(ready()));
  return head_of(state_);
}

/// A topic of another name, or one that was made again, holds nothing of this sink's.
std::optional<connector::Head> KafkaSink::head_of(const CommitState& state) const {
  const bool is_another =
      state.topic != options_.topic ||
      (!state.topic_id.empty() && !topic_id_.empty() && state.topic_id != topic_id_);
  return is_another ? std::nullopt : state.head;
}

Status KafkaSink::send_note(const std::string& json) {
  return writer_->send(log_->topic(),
                       {.key = log_->key(), .value = json, .partition = log_->partition()});
}

/// Publishes `state` in a transaction of its own.
Status KafkaSink::note(const CommitState& state) {
  SLUICE_TRY(writer_->begin());
  SLUICE_TRY(send_note(commit_json(state)));
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
    // Its answer was lost. (At the first try it would be another sink's of the same id.)
    if (attempt > 0 && state_.claim && state_.claim->writer.run == run_->run) {
      epoch_ = newest;
      return std::optional(connector::Claim{epoch_, true, took_over});
    }
    if (newest > 0 && known_ && known_->epoch == newest && known_->mark == run_->mark) {
      epoch_ = newest;
      return std::optional(connector::Claim{epoch_, false, false});
    }
    const std::int64_t epoch = std::max(newest, known_ ? known_->epoch : 0) + 1;
    CommitState claimed = state_;
    claimed.claim = connector::ClaimRecord{epoch, *run_, context_.clock.now()};
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

/// Nothing is committed yet, so there is nothing in doubt.
Status KafkaSink::before_commit(Status outcome) {
  if (outcome || outcome.error().kind() != Kind::kUnknownOutcome) return outcome;
  return transient_error(outcome.error().message());
}

Status KafkaSink::check_claim(const connector::Staged* next) {
  if (!run_ || epoch_ == 0) return {};
  // The broker says so if somebody has, here or when the transaction is committed.
  if (next != nullptr && sent_.empty()) {
    auto sent = settled(send_batch(*next));
    if (sent && !limits_.are_known) sent = settled(writer_->flush());
    return before_commit(std::move(sent));
  }
  // What is open would hold back what is asked for.
  if (next == nullptr) SLUICE_TRY(discard_staged());
  SLUICE_ASSIGN(const CommitState newest, log_->newest());
  return newest.claim && newest.claim->epoch > epoch_ ? Status(fenced_by(*newest.claim)) : Status();
}

/// Before the batch is committed: later it could not be published, and would be in the way for
/// ever.
Status KafkaSink::check_record(const RecordView& record, std::int64_t now_ms) const {
  if (record.timestamp_ms >= 0 && (now_ms - record.timestamp_ms > limits_.past_ms ||
                                   record.timestamp_ms - now_ms > limits_.future_ms)) {
    return user_error("E_TIMESTAMP_REFUSED: a row's time is " +
                      std::to_string(record.timestamp_ms) + " ms since 1970, which topic '" +
                      options_.topic +
                      "' does not take; correct the column that 'timestamp' names, or set "
                      "message.timestamp.after.max.ms or message.timestamp.before.max.ms of the "
                      "topic");
  }
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
  refresh_settings();
  // Before any sink of the pipeline has a transaction open for this batch.
  if (options_.transactions && epoch_ > 0) SLUICE_TRY(before_commit(settled(ready())));
  const connector::ChunkRequest wanted = request();
  const data::Schema schema = connector::chunk_schema(rows.schema(), wanted);
  if (!outgoing_ || outgoing_->schema != schema) {
    SLUICE_ASSIGN(OutgoingRows made,
                  OutgoingRows::make(schema, options_.columns, options_.value, rows.zone()));
    outgoing_ = Outgoing{schema, std::move(made)};
  }
  OutgoingRows& outgoing = outgoing_->rows;
  SLUICE_TRY(outgoing.prepare());
  outgoing.set_partitions(partitions_);
  if (limits_.needs_key) outgoing.require_keys();
  const std::int64_t now_ms = context_.clock.now() / 1000;
  StagedRecords records;
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      SLUICE_ASSIGN(const RecordView record, outgoing.at(chunk, row));
      SLUICE_TRY(check_record(record, now_ms));
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
  if (action.is_object() && action.value("topic", options_.topic) != options_.topic) {
    return user_error("batch " + std::to_string(staged.batch) + " was staged for topic '" +
                      action.value("topic", "") +
                      "' and not published yet; name that topic again "
                      "for one run");
  }
  const auto records = action.is_object() ? action.find("records") : action.end();
  if (records != action.end() && records->is_string()) {
    data::Arena arena;
    const auto piece = formats::parse_base64(records->get<std::string>(), arena);
    return send_piece(piece.value_or("not base64"));
  }
  return staged_->read(staged.batch, [this](std::string_view piece) { return send_piece(piece); });
}

CommitState KafkaSink::state_with(const connector::Staged& staged) const {
  return {.head = connector::Head{staged.batch, staged.plan_hash},
          .topic = options_.topic,
          .topic_id = topic_id_,
          .claim = state_.claim};
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
    sent = send_note(commit_json(state_with(staged)));
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
  if (const auto head = head_of(state_); head && head->batch >= staged.batch) {
    const bool is_ours = head->batch > staged.batch || head->plan_hash == staged.plan_hash;
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
  state_ = state_with(staged);
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
  if (published) {
    held_.reset();
  } else if (published.error().kind() == Kind::kUser) {
    return std::move(published).error().with(
        "batch " + std::to_string(staged.batch) +
        " is committed, so that neither the view nor its rows can be changed any more; what helps "
        "is that the topic takes them");
  }
  return published;
}

/// The checkpoint takes back what is in it.
Status KafkaSink::discard_staged() {
  held_.reset();
  sent_.clear();
  return writer_ == nullptr ? Status() : settled(writer_->abort());
}

}  // namespace sluice::connectors::kafka
