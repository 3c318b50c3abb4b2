#include "connectors/generator/generator_source.h"

#include <algorithm>

#include "base/json.h"

namespace sluice::connectors {
namespace {

/// Of one batch where neither the user nor a clock sets a limit.
constexpr std::int64_t kBatchRowsMax = 1'000'000;

class GeneratorBatch final : public data::RecordBatch {
 public:
  GeneratorBatch(std::shared_ptr<const Generator> generator, RowRange range)
      : generator_(std::move(generator)), range_(range), texts_(generator_->schema().size()) {}

  std::size_t size() const override { return range_.count; }
  std::span<const data::Payload> payloads() const override { return {}; }
  /// Rows are numbers until they are asked for.
  std::size_t bytes() const override { return sizeof(*this); }

  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    generator_->write(column, range_, rows, texts_[column], out);
  }

  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.origin = "generator";
    origin.offset = range_.first + static_cast<std::int64_t>(row);
    return origin;
  }

 private:
  // Shared: the batch may outlive the source.
  const std::shared_ptr<const Generator> generator_;
  const RowRange range_;
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
  if (options_.rows_per_second == 0) return options_.rows;
  const Micros now = frozen_at_.value_or(clock_.now());
  const double due = static_cast<double>(now - start) / 1e6 * options_.rows_per_second;
  if (due <= 0) return 0;
  return due >= 9e18 ? options_.rows : std::min(options_.rows, static_cast<std::int64_t>(due));
}

Status GeneratorSource::open(std::stop_token /*stop*/) { return {}; }

Result<data::Offset> GeneratorSource::initial() {
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
  position.row += std::min(there, allowed);
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
  const auto count = static_cast<std::size_t>(last.row - first.row);
  return {std::make_unique<GeneratorBatch>(generator_, RowRange{first.row, count})};
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

Result<std::unique_ptr<connector::Source>> make_generator_source(
    const Options& options, const connector::Context& context) {
  SLUICE_ASSIGN(auto generator,
                Generator::make(options.value("columns"),
                                static_cast<std::uint64_t>(options.integer("seed"))));
  GeneratorOptions result;
  if (options.has("rows")) result.rows = options.integer("rows");
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
