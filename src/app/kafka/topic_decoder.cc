#include "app/kafka/topic_decoder.h"

#include <utility>

#include "app/kafka/chosen_format.h"
#include "app/kafka/kafka_connection.h"
#include "base/border.h"
#include "connectors/console/show_table.h"
#include "engine/dead_letters.h"
#include "formats/json_encoder.h"
#include "formats/shown_row.h"

namespace sluice::app {
namespace {

constexpr const char* kKafka = "kafka";

/// Which of the file's sources is meant.
Result<const config::SourceEntry*> find_kafka(const config::PipelineFile& file,
                                              const std::string& name) {
  const config::SourceEntry* found = nullptr;
  for (const config::SourceEntry& entry : file.sources) {
    if (entry.connector.kind != kKafka || (!name.empty() && entry.name != name)) continue;
    if (found != nullptr) {
      return user_error(file.path + ": has several Kafka sources, '" + found->name + "' and '" +
                        entry.name + "'; choose one with --source NAME");
    }
    found = &entry;
  }
  if (found != nullptr) return found;
  return user_error(file.path + (name.empty() ? ": has no Kafka source to decode with"
                                              : ": has no Kafka source '" + name + "'"));
}

}  // namespace

Status TopicDecoder::open(const DecodeRequest& request, const ConsumeRequest& from) {
  table_style_ = request.table;
  if (request.file.empty()) {
    SLUICE_TRY(take_format(request.format, from));
  } else {
    SLUICE_TRY(read_file(request));
  }
  SLUICE_ASSIGN(rows_, ScannedRecords::make(made_.part.columns, made_.part.decoder.get()));
  SLUICE_ASSIGN(encoder_,
                formats::make_json_encoder(rows_->schema(), formats::JsonForm::kLinesWithoutOffsets,
                                           rows_->zone()));
  return {};
}

Status TopicDecoder::read_file(const DecodeRequest& request) {
  SLUICE_ASSIGN(const config::PipelineFile file,
                config::read_pipeline_file(request.file, known_kinds(registry_),
                                           config::system_variables(request.variables)));
  SLUICE_ASSIGN(const config::SourceEntry* entry, find_kafka(file, request.source));
  return make(*entry, file);
}

/// As if a pipeline file had such a source.
Status TopicDecoder::take_format(const RecordFormat& given, const ConsumeRequest& from) {
  SLUICE_ASSIGN(const auto format, chosen_format(given));
  if (!format) return user_error("name what makes columns of the records: --format FORMAT");
  const ConfigValue::Entry& chosen = format->entries()[0];
  std::vector<ConfigValue::Entry> properties;
  for (const auto& [name, value] : from.connection.properties) {
    properties.push_back(connector::address_option(name, value));
  }
  config::SourceEntry entry;
  entry.name = from.topic;
  entry.connector.kind = kKafka;
  entry.connector.options =
      ConfigValue::map({connector::address_option("brokers", from.connection.brokers),
                        connector::address_option("topic", from.topic),
                        {"properties", {}, ConfigValue::map(std::move(properties), {})}},
                       {});
  entry.format = config::KindUse{chosen.key, chosen.value, format->location()};
  return make(entry, {});
}

Status TopicDecoder::make(const config::SourceEntry& entry, const config::PipelineFile& file) {
  SLUICE_ASSIGN(made_, make_source(entry, file, {registry_, clock_, random_, *files_}));
  SLUICE_ASSIGN(const Options options,
                Options::validate(registry_.source(kKafka)->options, entry.connector.options,
                                  "the kafka source"));
  SLUICE_ASSIGN(connection_, connectors::kafka::read_connection(options));
  if (options.has("topic")) topics_ = options.text_list("topic");
  return {};
}

Result<std::string> TopicDecoder::topic() const {
  if (topics_.size() == 1) return topics_.front();
  return user_error("source '" + made_.part.name + "' reads " +
                    (topics_.empty() ? "the topics of a pattern" : "several topics") +
                    "; name one: sluice consume TOPIC --pipeline ...");
}

Result<std::string> TopicDecoder::decode(
    const data::RecordBatch& messages,
    const std::function<void(const std::string& line)>& complain) {
  std::unique_ptr<data::RecordBatch> presented;
  if (made_.part.decoder != nullptr) {
    SLUICE_TRY(made_.part.decoder->prepare(messages));
    presented = made_.part.decoder->present(messages);
  }
  const data::RecordBatch& batch = presented ? *presented : messages;
  SLUICE_ASSIGN(std::string text, rows_text(batch));
  if (rows_->rejects().empty()) return text;
  const engine::DeadLetterBatch letters(batch, rows_->rejects(), *made_.part.decoder, 0,
                                        made_.part.name);
  for (std::size_t i = 0; i < letters.size(); ++i) complain(letters.in_words(i));
  return text;
}

Result<std::string> TopicDecoder::rows_text(const data::RecordBatch& batch) {
  const data::Schema& schema = rows_->schema();
  std::string text;
  std::vector<std::string> names;
  for (const data::Field& field : schema.fields()) names.push_back(field.name);
  connectors::ShowTable table(names, {});
  formats::ShownRow shown(schema, rows_->zone());
  SLUICE_TRY(rows_->read(batch, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (table_style_) {
        table.add_row(shown.at(chunk.columns, row));
      } else {
        auto written = encoder_->append(chunk.columns, row, text);
        if (!written) return written;
        text += '\n';
      }
    }
    return true;
  }));
  if (table_style_ && table.rows() > 0) text = table.text(/*has_more=*/false);
  return text;
}

}  // namespace sluice::app

namespace sluice {

Result<DecodedCount> consume_decoded(const ConsumeRequest& request, const DecodeRequest& decode,
                                     const std::function<bool(std::string_view text)>& show,
                                     const std::function<void(const std::string& line)>& complain,
                                     std::stop_token stop) {
  return at_border("consume", [&]() -> Result<DecodedCount> {
    app::TopicDecoder decoder;
    SLUICE_TRY(decoder.open(decode, request));
    SLUICE_ASSIGN(connectors::kafka::ConsumeRequest wanted, app::kafka_consume_request(request));
    wanted.connection = decoder.connection();
    if (wanted.topic.empty()) {
      SLUICE_ASSIGN(wanted.topic, decoder.topic());
    }
    DecodedCount count;
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const std::uint64_t records,
                  connectors::kafka::consume_batches(
                      wanted,
                      [&](const data::RecordBatch& batch) -> Result<bool> {
                        SLUICE_ASSIGN(const std::string text,
                                      decoder.decode(batch, [&](const std::string& line) {
                                        ++count.undecoded;
                                        complain(line);
                                      }));
                        return show(text);
                      },
                      *files, std::move(stop)));
    count.records = static_cast<std::int64_t>(records);
    return count;
  });
}

}  // namespace sluice
