#include "app/kafka/record_encoder.h"

#include <algorithm>
#include <utility>

#include "base/shown_text.h"

namespace sluice::app {
namespace {

using connectors::kafka::OutgoingRecord;
using connectors::kafka::RecordFeed;
using data::Type;
using data::TypeId;

constexpr std::size_t kRecordsAtOnce = 1000;
constexpr std::size_t kBytesAtOnce = std::size_t{4} << 20;
constexpr std::size_t kShownBytes = 200;

/// The values of records, for a scan.
class ValueBatch final : public data::RecordBatch {
 public:
  explicit ValueBatch(std::span<const OutgoingRecord> records) {
    for (const OutgoingRecord& record : records) {
      const std::string& value = *record.value;
      payloads_.push_back({value.data(), static_cast<std::uint32_t>(value.size())});
    }
  }

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t /*column*/, std::span<const std::uint32_t> /*rows*/,
                    data::VectorWriter& /*out*/) const override {}
  data::RecordOrigin origin(std::size_t /*row*/) const override { return {}; }
  std::size_t bytes() const override { return 0; }

 private:
  std::vector<data::Payload> payloads_;
};

/// With VARCHAR in the place of what JSON has no values of.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the column's type.
Type read_as(const Type& type) {
  std::vector<data::Field> parts;
  for (const data::Field& part : type.children()) {
    parts.push_back({part.name, read_as(part.type)});
  }
  switch (type.id()) {
    case TypeId::kInterval:
      return TypeId::kVarchar;
    case TypeId::kStruct:
      return Type::structure(std::move(parts));
    case TypeId::kList:
      return Type::list(parts[0].type);
    case TypeId::kMap:
      return Type::map(parts[0].type, parts[1].type);
    default:
      return type;
  }
}

std::string free_name(const data::Schema& columns) {
  std::string name = "unknown";
  while (columns.find(name) >= 0) name += '_';
  return name;
}

std::vector<sql::ScanColumn> scan_columns(const data::Schema& columns) {
  std::vector<sql::ScanColumn> scanned;
  for (std::size_t i = 0; i < columns.size(); ++i) scanned.push_back({columns[i], true, i});
  return scanned;
}

/// The same format, by the schema that the registry has where no file has one.
ConfigValue with_schema(const ConfigValue& format) {
  const ConfigValue::Entry& chosen = format.entries()[0];
  if (chosen.value.find("registry") == nullptr || chosen.value.find("schema_file") != nullptr ||
      chosen.value.find("newest") != nullptr) {
    return format;
  }
  std::vector<ConfigValue::Entry> options = chosen.value.entries();
  const Location& place = format.location();
  options.push_back({"newest", place, ConfigValue::scalar("true", /*quoted=*/false, place)});
  return ConfigValue::map(
      {{chosen.key, chosen.key_location, ConfigValue::map(std::move(options), place)}}, place);
}

Error at_line(Error error, const OutgoingRecord& record) {
  return {error.kind(), error.message() + "; line=" + std::to_string(record.line)};
}

}  // namespace

Result<std::unique_ptr<RecordEncoder>> RecordEncoder::make(const ConfigValue& format,
                                                           const std::string& topic,
                                                           io::FileSystem& files) {
  SLUICE_ASSIGN(auto value, formats::ValueFormat::read(with_schema(format), files, topic));
  std::unique_ptr<RecordEncoder> made(new RecordEncoder(std::move(value)));
  SLUICE_ASSIGN(const data::Schema columns, made->format_.columns());
  SLUICE_TRY(made->read_columns(columns));
  SLUICE_ASSIGN(made->encoder_,
                made->format_.make_encoder(connector::chunk_schema(made->rows_->schema()),
                                           made->rows_->zone()));
  return made;
}

Status RecordEncoder::read_columns(const data::Schema& columns) {
  data::Schema read;
  std::string select;
  for (const data::Field& column : columns.fields()) {
    const Type type = read_as(column.type);
    const std::string name = data::quote_identifier(column.name);
    select += select.empty() ? "" : ", ";
    select += type == column.type
                  ? name
                  : "CAST(" + name + " AS " + column.type.to_string() + ") AS " + name;
    read.add({column.name, type});
  }
  const formats::ColumnError error = [](std::size_t /*column*/, const std::string& message) {
    return user_error("JSON cannot fill the schema: " + message);
  };
  SLUICE_ASSIGN(formats::DecodedColumns strict, formats::compile_columns(read, error));
  decoder_ = std::make_unique<formats::JsonDecoder>(std::move(strict), formats::JsonRules{});
  SLUICE_ASSIGN(rows_, ScannedRecords::make(scan_columns(read), decoder_.get(), select));
  const std::string rest = free_name(read);
  read.add({rest, TypeId::kVarchar});
  SLUICE_ASSIGN(formats::DecodedColumns all, formats::compile_columns(read, error));
  formats::JsonRules rules;
  rules.rescue = true;
  rules.bad_field = formats::BadField::kNull;
  rescuer_ = std::make_unique<formats::JsonDecoder>(std::move(all), rules);
  SLUICE_ASSIGN(unknown_, ScannedRecords::make(scan_columns(read), rescuer_.get(),
                                               data::quote_identifier(rest)));
  return {};
}

/// What is wrong with the first of `batch` that has a field which is no column's, and in `place`
/// which one that is; null: none before `place` has. REQUIRES: those before `place` decode.
std::optional<Error> RecordEncoder::find_unknown(const data::RecordBatch& batch,
                                                 std::size_t& place) {
  std::optional<Error> found;
  std::size_t first = 0;
  Status read = unknown_->read(batch, [&](const connector::RowChunk& chunk) -> Result<bool> {
    const data::VectorReader& fields = chunk.columns[0];
    for (std::size_t row = 0; row < chunk.rows && first + row < place; ++row) {
      if (fields.is_null(row)) continue;
      place = first + row;
      found =
          user_error("the schema has no place for " + shown_text(fields.text(row), kShownBytes) +
                     "; leave it out of the row, or add it to the schema");
    }
    first += chunk.rows;
    return first < place;
  });
  if (read) return found;
  place = 0;
  return std::move(read).error();
}

Status RecordEncoder::encode(std::span<OutgoingRecord> records, std::size_t& done) {
  done = 0;
  Status outcome = encode_some(records, done);
  const bool is_some = !outcome && done == records.size();
  if (!is_some) return outcome;
  done = 0;
  // SQL does not say of which row it complains.
  if (records.size() == 1) {
    const Error& error = outcome.error();
    // What follows is our own SQL.
    const std::string said = error.message().substr(0, error.message().find('\n'));
    return at_line({error.kind(), said}, records[0]);
  }
  const std::size_t half = records.size() / 2;
  SLUICE_TRY(encode(records.first(half), done));
  std::size_t more = 0;
  Status second = encode(records.subspan(half), more);
  done += more;
  return second;
}

/// As encode(); after an error of SQL, of any of the records, `done` is their number and none has
/// its value.
Status RecordEncoder::encode_some(std::span<OutgoingRecord> records, std::size_t& done) {
  const ValueBatch batch(records);
  values_.resize(std::max(values_.size(), records.size()));
  std::size_t written = 0;
  std::optional<Error> problem;
  Status read = rows_->read(batch, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      values_[written].clear();
      auto appended = encoder_->append(chunk.columns, row, values_[written]);
      if (!appended) {
        problem = std::move(appended).error();
        return false;
      }
      ++written;
    }
    return true;
  });
  if (!read) {
    done = records.size();
    return read;
  }
  std::size_t good = written;
  // A value that is missed may be there by another name, which says more.
  std::size_t place = problem ? good + 1 : good;
  if (const auto& rejects = rows_->rejects(); !rejects.empty() && rejects[0].row <= good) {
    // The rows after it are those of other records.
    good = place = rejects[0].row;
    std::string message = "a row does not fit the " + format_.name() + " schema: ";
    if (rejects[0].column != data::Reject::kNoColumn) {
      message += "field '" + decoder_->schema()[rejects[0].column].name + "': ";
    }
    problem = user_error(message + decoder_->reason_text(rejects[0]) +
                         "; value=" + shown_text(*records[good].value, kShownBytes));
  }
  if (auto unknown = find_unknown(batch, place)) {
    problem = std::move(unknown);
    good = place;
  }
  for (std::size_t i = 0; i < good; ++i) std::swap(*records[i].value, values_[i]);
  done = good;
  if (!problem) return {};
  return at_line(*std::move(problem), records[good]);
}

namespace {

class EncodedFeed {
 public:
  EncodedFeed(RecordFeed rows, RecordEncoder& encoder, std::function<bool()> has_more,
              std::function<Error(Error, std::int64_t)> explained)
      : rows_(std::move(rows)),
        encoder_(encoder),
        has_more_(std::move(has_more)),
        explained_(std::move(explained)) {}

  Result<bool> next(OutgoingRecord& record) {
    if (at_ == ready_ && !is_over_) fill();
    if (at_ == ready_) {
      if (problem_) return *std::exchange(problem_, std::nullopt);
      return false;
    }
    std::swap(record, records_[at_++]);
    ++given_;
    return true;
  }

 private:
  void fill() {
    std::size_t count = 0;
    std::size_t bytes = 0;
    at_ = 0;
    do {
      if (records_.size() == count) records_.emplace_back();
      auto more = rows_(records_[count]);
      is_over_ = !more || !*more;
      if (!more) problem_ = std::move(more).error();
      if (is_over_) break;
      bytes += records_[count].value->size();
      ++count;
    } while (count < kRecordsAtOnce && bytes < kBytesAtOnce && has_more_());
    ready_ = 0;
    if (count == 0) return;
    Status done = encoder_.encode(std::span(records_).first(count), ready_);
    if (done) return;
    is_over_ = true;
    problem_ = explained_(std::move(done).error(), given_ + static_cast<std::int64_t>(ready_));
  }

  RecordFeed rows_;
  RecordEncoder& encoder_;
  std::function<bool()> has_more_;
  std::function<Error(Error, std::int64_t)> explained_;
  std::vector<OutgoingRecord> records_;
  std::size_t ready_ = 0;  // of `records_`; after them is what was not encoded
  std::size_t at_ = 0;
  std::int64_t given_ = 0;
  std::optional<Error> problem_;  // of the record after those that are ready
  bool is_over_ = false;          // `rows_` gives no more
};

}  // namespace

RecordFeed encoded_feed(RecordFeed rows, RecordEncoder& encoder, std::function<bool()> has_more,
                        std::function<Error(Error error, std::int64_t given)> explained) {
  auto feed = std::make_shared<EncodedFeed>(std::move(rows), encoder, std::move(has_more),
                                            std::move(explained));
  return [feed](OutgoingRecord& record) { return feed->next(record); };
}

}  // namespace sluice::app
