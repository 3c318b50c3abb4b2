#include "connectors/files/replay_pace.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/nearest.h"
#include "data/vector_reader.h"
#include "formats/registry.h"
#include "formats/schema_option.h"
#include "formats/value_plan.h"
#include "formats/vector_memory.h"

namespace sluice::connectors {
namespace {

constexpr Micros kDay = Micros{86'400} * 1'000'000;

const std::vector<OptionSpec>& replay_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "column",
       .text = "The column with the records' time: a TIMESTAMP, TIMESTAMPTZ or DATE.",
       .required = true,
       .example = "ts"},
      {.name = "speed",
       .type = OptionType::kDouble,
       .text = "How much faster than it was: 60 is a minute of the records' time a second.",
       .default_text = "1",
       .minimum = 0.001,
       .maximum = 1e9},
  };
  return kKeys;
}

bool is_time(const data::Type& type) {
  return type.id() == data::TypeId::kTimestamp || type.id() == data::TypeId::kTimestampTz ||
         type.id() == data::TypeId::kDate;
}

/// The column is there, and has times.
Status check_column(const Options& replay, const data::Schema& schema) {
  const std::string& name = replay.text("column");
  const ConfigValue& place = replay.value("column");
  const int found = schema.find(name);
  if (found < 0) {
    std::vector<std::string> names;
    for (const data::Field& field : schema.fields()) names.push_back(field.name);
    return place.error("the schema has no column '" + name + "' to replay by" +
                       did_you_mean(name, names));
  }
  const data::Type& type = schema[static_cast<std::size_t>(found)].type;
  if (is_time(type)) return {};
  return place.error("records are replayed by a TIMESTAMP, TIMESTAMPTZ or DATE, and '" + name +
                     "' is a " + type.to_string() + "; declare it so in the schema");
}

}  // namespace

/// Decodes the one column, record by record.
class ReplayPace::TimeReader {
 public:
  TimeReader(const data::Decoder& decoder, std::size_t column)
      : is_date_(decoder.schema()[column].type.id() == data::TypeId::kDate),
        memory_(*formats::compile_plan(decoder.schema()[column].type), 1),
        reader_(decoder.reader({column}, {}, arena_)) {}

  std::optional<Micros> time_of(std::string_view record) {
    kept_.clear();
    rejects_.clear();
    memory_.clear();
    const data::Payload payload{record.data(), static_cast<std::uint32_t>(record.size())};
    reader_->read({&payload, 1}, 0, 1, {&memory_.vector(), 1}, kept_, rejects_);
    const data::VectorReader value(memory_.vector());
    if (kept_.empty() || value.is_null(0)) return std::nullopt;
    return is_date_ ? value.at<std::int32_t>(0) * kDay : value.at<std::int64_t>(0);
  }

 private:
  const bool is_date_;
  data::Arena arena_;
  formats::VectorMemory memory_;
  std::unique_ptr<data::RecordReader> reader_;
  std::vector<std::uint32_t> kept_;
  std::vector<data::Reject> rejects_;
};

OptionSpec ReplayPace::option() {
  return {
      .name = "replay",
      .type = OptionType::kAny,
      .text =
          "Plays the records back in the pace of their own time, to try a stream out with "
          "recorded data: {column: ts, speed: 60} reads a minute of the column `ts` a second "
          "(speed: 1 by default). The first record that a run reads comes at once, each other "
          "one as much later as its time is, in the order of the files; one whose time is "
          "earlier, NULL or not readable comes with the one before it. Of Parquet files row "
          "groups come, each once its last row is due, by their statistics. After a restart the "
          "pace begins with the first record that was not read. The triggers available_now and "
          "once take everything at once, as a table does.",
      .example = "{column: ts, speed: 60}",
      .schema_json = R"({"type":"object","properties":{"column":{"type":"string"},)"
                     R"("speed":{"type":"number","exclusiveMinimum":0}},"required":["column"],)"
                     R"("additionalProperties":false})"};
}

Result<std::unique_ptr<ReplayPace>> ReplayPace::make_without_format(
    const Options& options, const connector::Context& context) {
  if (!options.has("replay")) return std::unique_ptr<ReplayPace>();
  SLUICE_ASSIGN(const Options replay,
                Options::validate(replay_keys(), options.value("replay"), "'replay'"));
  if (options.has("schema")) {
    SLUICE_ASSIGN(const data::Schema schema, formats::parse_schema(options.value("schema")));
    SLUICE_TRY(check_column(replay, schema));
  }
  return std::make_unique<ReplayPace>(replay.text("column"), replay.number("speed"), context.clock);
}

Result<std::unique_ptr<ReplayPace>> ReplayPace::make(const Options& options,
                                                     std::string_view format,
                                                     const connector::Context& context) {
  if (!options.has("replay")) return std::unique_ptr<ReplayPace>();
  SLUICE_ASSIGN(const Options replay,
                Options::validate(replay_keys(), options.value("replay"), "'replay'"));
  if (options.has("each")) {
    return options.value("replay").error(
        "'replay' goes by the time of a line, and with 'each' a line has several; remove one of "
        "the two");
  }
  SLUICE_ASSIGN(auto decoder, formats::find_format(format)->make(options, {context.files}));
  SLUICE_TRY(check_column(replay, decoder->schema()));
  auto pace =
      std::make_unique<ReplayPace>(replay.text("column"), replay.number("speed"), context.clock);
  pace->decoder_ = std::move(decoder);
  return pace;
}

ReplayPace::ReplayPace(std::string column, double speed, const Clock& clock)
    : column_(std::move(column)), speed_(speed), clock_(clock) {}

ReplayPace::~ReplayPace() = default;

void ReplayPace::begin_batch() {
  waits_for_.reset();
  if (ended_) return;
  if (decoder_) {
    const auto column = static_cast<std::size_t>(decoder_->schema().find(column_));
    reader_ = std::make_unique<TimeReader>(*decoder_, column);
  }
  if (first_) due_until_ = time_reached();
}

bool ReplayPace::is_due(std::string_view record) {
  if (ended_) return true;
  const std::optional<Micros> time = reader_->time_of(record);
  return !time || is_due(*time, *time);
}

bool ReplayPace::is_due(Micros earliest, Micros latest) {
  if (ended_) return true;
  if (!first_) {
    first_ = due_until_ = earliest;
    started_ = clock_.steady();
  }
  if (latest <= due_until_) return true;
  waits_for_ = latest;
  return false;
}

bool ReplayPace::is_over() const { return ended_ || time_reached() >= *waits_for_; }

void ReplayPace::hold() {
  if (!held_) held_ = clock_.steady();
}

Micros ReplayPace::time_reached() const {
  if (!first_) return std::numeric_limits<Micros>::min();
  // What began after it was held stands still.
  const auto now = held_ ? std::max(*held_, started_) : clock_.steady();
  const double passed = static_cast<double>((now - started_).count()) / 1000 * speed_;
  const double most = static_cast<double>(std::numeric_limits<Micros>::max() / 2);
  if (passed >= most || *first_ > std::numeric_limits<Micros>::max() / 2) {
    return std::numeric_limits<Micros>::max();
  }
  return *first_ + static_cast<Micros>(passed);
}

}  // namespace sluice::connectors
