#include "connectors/generator/generator_source.h"

#include <algorithm>

#include "base/json.h"

namespace sluice::connectors {
namespace {

/// Of one batch where neither the user nor a clock sets a limit.
constexpr std::int64_t kBatchRowsMax = 1'000'000;

class GeneratorBatch final : public data::RecordBatch {
 public:
  /// The rows of `count` numbers from `first` on.
  GeneratorBatch(std::shared_ptr<const Generator> generator, std::int64_t first, std::int64_t count)
      : generator_(std::move(generator)),
        range_{first, static_cast<std::size_t>(count)},
        texts_(generator_->schema().size()) {
    if (generator_->plan().is_plain()) return;
    numbers_ = generator_->plan().rows(first, count);
    range_.count = numbers_.size();
    range_.numbers = numbers_;
  }

  std::size_t size() const override { return range_.count; }
  std::span<const data::Payload> payloads() const override { return {}; }
  /// Rows are numbers until they are asked for.
  std::size_t bytes() const override {
    return sizeof(*this) + numbers_.capacity() * sizeof(std::int64_t);
  }

  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    generator_->write(column, range_, rows, texts_[column], out);
  }

  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.origin = "generator";
    origin.offset = range_.number(row);
    return origin;
  }

 private:
  // Shared: the batch may outlive the source.
  const std::shared_ptr<const Generator> generator_;
  std::vector<std::int64_t> numbers_;  // of the rows; empty where each number is one
  RowRange range_;
  mutable std::vector<BatchTexts> texts_;  // one a column; guarded by their once_flags
};

}  // namespace

GeneratorSource::GeneratorSource(std::shared_ptr<const Generator> generator,
                                 GeneratorOptions options, const Clock& clock)
    : generator_(std::move(generator)), options_(options), clock_(clock) {}

data::Offset GeneratorSource::make_offset(const Position& position) {
  return {"{\"row\":" + std::to_string(position.row) +
          ",\"start\":" + std::to_string(position.start) + "}"};
}

Result<GeneratorSource::Position> GeneratorSource::parse(const data::Offset& offset) {
  const auto json = parse_json(offset.json);
  for (const char* key : {"row", "start"}) {
    if (!json.is_object() || !json.contains(key) || !json[key].is_number_integer()) {
      return corruption_error("not an offset of a generator: " + offset.json.substr(0, 200));
    }
  }
  return Position{json["row"].get<std::int64_t>(), json["start"].get<Micros>()};
}

std::int64_t GeneratorSource::end(Micros start) const {
  if (end_) return end_->row;
  if (options_.rows_per_second == 0) return options_.rows;
  const Micros now = frozen_at_.value_or(clock_.now());
  const double due = static_cast<double>(now - start) / 1e6 * options_.rows_per_second;
  if (due <= 0) return 0;
  return due >= 9e18 ? options_.rows : std::min(options_.rows, static_cast<std::int64_t>(due));
}

Status GeneratorSource::open(std::stop_token /*stop*/) { return {}; }

/// Rows that come by the clock begin when they began then.
Status GeneratorSource::end_at(const connector::Remembered& place) {
  SLUICE_ASSIGN(end_, parse(place.offset));
  return {};
}

Result<data::Offset> GeneratorSource::initial() {
  if (end_) return make_offset({0, end_->start});
  return make_offset({0, options_.rows_per_second > 0 ? clock_.now() : 0});
}

Result<data::Offset> GeneratorSource::latest(const data::Offset& from,
                                             const data::ReadLimit& limit) {
  SLUICE_ASSIGN(Position position, parse(from));
  const std::int64_t there = std::max<std::int64_t>(end(position.start) - position.row, 0);
  // Generated rows hold no bytes: they are made when a query asks. A limit in bytes counts each row
  // as one value a column.
  const auto row_bytes = static_cast<std::int64_t>(generator_->schema().size() * 8);
  const std::int64_t allowed =
      std::max<std::int64_t>(1, std::min({limit.records, limit.bytes / row_bytes, kBatchRowsMax}));
  const std::int64_t wanted = std::min(there, allowed);
  const std::int64_t made = std::min(wanted, generator_->numbers_max() - position.row);
  if (made < wanted && made <= 0) return generator_->beyond(position.row);
  position.row += made;
  return make_offset(position);
}

Status GeneratorSource::freeze() {
  if (options_.rows == GeneratorOptions::kEndless && options_.rows_per_second == 0) {
    return user_error(
        "a generator without end has no rows 'available now'; set its option rows, or another "
        "trigger");
  }
  frozen_at_ = clock_.now();
  return {};
}

Result<std::unique_ptr<data::RecordBatch>> GeneratorSource::read(const data::Offset& from,
                                                                 const data::Offset& to,
                                                                 std::stop_token /*stop*/) {
  SLUICE_ASSIGN(const Position first, parse(from));
  SLUICE_ASSIGN(const Position last, parse(to));
  if (first.row < 0 || last.row < first.row) {
    return corruption_error("a generator cannot read from=" + from.json + " to=" + to.json);
  }
  return {std::make_unique<GeneratorBatch>(generator_, first.row, last.row - first.row)};
}

void GeneratorSource::release(const data::Offset& /*offset*/) {}

Result<connector::Lag> GeneratorSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const Position position, parse(from));
  const std::int64_t rows = end(position.start);
  if (rows == GeneratorOptions::kEndless) return connector::Lag{};
  return connector::Lag{std::max<std::int64_t>(rows - position.row, 0)};
}

void GeneratorSource::wait_for_data(const data::Offset& from, std::chrono::milliseconds wait,
                                    std::stop_token stop, const Clock& clock) {
  std::chrono::nanoseconds pause = wait;
  const auto position = parse(from);
  if (position && position->row < options_.rows && options_.rows_per_second > 0 && !frozen_at_) {
    const double due = static_cast<double>(position->row + 1) / options_.rows_per_second * 1e9;
    const double left = due - static_cast<double>(clock_.now() - position->start) * 1e3;
    const double limit = static_cast<double>(pause.count());
    pause = std::chrono::nanoseconds(static_cast<std::int64_t>(std::clamp(left, 0.0, limit)));
  }
  clock.sleep_for(pause, std::move(stop));
}

namespace {

std::string columns_text() {
  std::string text = "Column name -> how it is made, and null_fraction beside it (0 to 1): ";
  for (const ColumnKind& kind : column_kinds()) {
    text += "`" + kind.name + "`";
    if (!kind.options.empty()) {
      text += " (";
      for (const OptionSpec& option : kind.options) {
        text += (&option == &kind.options.front() ? "" : ", ") + option.name;
      }
      text += ")";
    }
    text += ": " + kind.text + " ";
  }
  text.pop_back();
  return text;
}

constexpr const char* kGapText =
    "Devices that are silent for a while: {fraction: 0.02, readings: 30} leaves 2 % of each "
    "device's readings out, 30 (by default 10) or more in a row. `rows` counts them.";
constexpr const char* kDuplicateText =
    "Rows that come twice: {fraction: 0.01, after: 5} gives 1 % of the rows again, 5 (by default "
    "1) rows later, if the generator has so many. `rows` does not count them.";

OptionSpec fraction_key() {
  return {.name = "fraction",
          .type = OptionType::kDouble,
          .text = "0 to 1.",
          .required = true,
          .minimum = 0,
          .maximum = 1};
}

OptionSpec count_key(std::string name, std::string text, std::string default_text) {
  return {.name = std::move(name),
          .type = OptionType::kInteger,
          .text = std::move(text),
          .default_text = std::move(default_text),
          .minimum = 1,
          .maximum = 1e9};
}

Result<RowPlan> read_plan(const Options& options, std::uint64_t seed) {
  RowPlan plan;
  plan.series = options.integer("series");
  plan.gaps = CounterRandom(seed, " gaps");
  plan.duplicates = CounterRandom(seed, " duplicates");
  if (options.has("gaps")) {
    SLUICE_ASSIGN(const Options gaps,
                  Options::validate({fraction_key(), count_key("readings", "In a row.", "10")},
                                    options.value("gaps"), "'gaps'"));
    plan.gap_fraction = gaps.number("fraction");
    plan.gap_readings = gaps.integer("readings");
  }
  if (options.has("duplicates")) {
    SLUICE_ASSIGN(const Options again,
                  Options::validate({fraction_key(), count_key("after", "Rows later.", "1")},
                                    options.value("duplicates"), "'duplicates'"));
    plan.duplicate_fraction = again.number("fraction");
    plan.duplicate_after = again.integer("after");
  }
  return plan;
}

Result<std::unique_ptr<connector::Source>> make_generator_source(
    const Options& options, const connector::Context& context) {
  const auto seed = static_cast<std::uint64_t>(options.integer("seed"));
  SLUICE_ASSIGN(const RowPlan plan, read_plan(options, seed));
  SLUICE_ASSIGN(auto generator, Generator::make(options.value("columns"), seed, plan));
  GeneratorOptions result;
  if (options.has("rows")) {
    result.rows = options.integer("rows");
    if (result.rows > generator->numbers_max()) {
      return options.value("rows").error(generator->beyond(result.rows - 1).message());
    }
  }
  if (options.has("rows_per_second")) result.rows_per_second = options.number("rows_per_second");
  return {std::make_unique<GeneratorSource>(std::move(generator), result, context.clock)};
}

}  // namespace

connector::SourceKind generator_source_kind() {
  connector::SourceKind kind;
  kind.name = "generator";
  kind.text =
      "Rows made up from a seed: the same seed gives the same rows, in every run and on every "
      "machine.";
  kind.options = {
      {.name = "columns",
       .type = OptionType::kAny,
       .text = columns_text(),
       .required = true,
       .example = "{id: {sequence: {start: 1}}, price: {uniform: {min: 1, max: 100, type: "
                  "\"DECIMAL(10,2)\"}}}",
       .schema_json = R"({"type": "object", "additionalProperties": {"type": "object"}})"},
      {.name = "rows",
       .type = OptionType::kInteger,
       .text = "Rows in all. Default: no end.",
       .minimum = 0},
      {.name = "rows_per_second",
       .type = OptionType::kDouble,
       .text = "Rows per second of clock time; those of a pause come after it. Default: "
               "as fast as batches go.",
       .minimum = 0.001},
      {.name = "seed",
       .type = OptionType::kInteger,
       .text = "Another seed gives other rows.",
       .default_text = "0"},
      {.name = "series",
       .type = OptionType::kInteger,
       .text =
           "So many devices, whose readings come in turn: row n is reading n / series of device "
           "n % series. Columns of the kinds `series`, `signal` and `timestamp` go by it.",
       .default_text = "1",
       .minimum = 1,
       .maximum = 1'000'000},
      {.name = "gaps",
       .type = OptionType::kAny,
       .text = kGapText,
       .example = "{fraction: 0.02, readings: 30}",
       .schema_json = R"({"type": "object", "properties": {"fraction": {"type": "number"}, )"
                      R"("readings": {"type": "integer"}}, "required": ["fraction"], )"
                      R"("additionalProperties": false})"},
      {.name = "duplicates",
       .type = OptionType::kAny,
       .text = kDuplicateText,
       .example = "{fraction: 0.01, after: 5}",
       .schema_json = R"({"type": "object", "properties": {"fraction": {"type": "number"}, )"
                      R"("after": {"type": "integer"}}, "required": ["fraction"], )"
                      R"("additionalProperties": false})"},
      {.name = "max_records_per_trigger",
       .type = OptionType::kInteger,
       .text = "Rows that one batch takes at most.",
       .default_text = "100000",
       .minimum = 1}};
  kind.make = make_generator_source;
  return kind;
}

void register_generator(connector::Registry& registry);
void register_generator(connector::Registry& registry) { registry.add(generator_source_kind()); }

}  // namespace sluice::connectors
