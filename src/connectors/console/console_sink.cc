#include "connectors/console/console_sink.h"

#include <charconv>
#include <iostream>
#include <mutex>

#include "base/crash_point.h"
#include "base/json.h"
#include "base/log.h"
#include "connectors/console/schema_tree.h"
#include "formats/shown_row.h"

namespace sluice::connectors {
namespace {

using connector::OutputMode;

/// Of one batch's text: rows after it are not shown.
constexpr std::size_t kTextBytesMax = 1 << 20;

constexpr std::string_view kLine = "-------------------------------------------\n";

/// Where several pipelines share the screen, whose table it is.
std::string of_pipeline() { return log_context().empty() ? "" : " of " + log_context(); }

/// Standard output is the process's, whichever pipeline writes: a table stays whole.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::mutex output_mutex;

}  // namespace

Status ConsoleSink::check(const data::Schema& /*schema*/, OutputMode /*mode*/) const { return {}; }

Status ConsoleSink::open(const data::Schema& schema, OutputMode /*mode*/) {
  if (!options_.schema) return {};
  const std::lock_guard lock(output_mutex);
  before_terminal_output();
  out_ << (log_context().empty() ? "" : log_context() + "\n") << schema_tree(schema)
       << schema.size() << (schema.size() == 1 ? " column\n" : " columns\n") << std::flush;
  if (!out_.good()) return user_error("cannot write to standard output; is it closed?");
  return {};
}

Result<connector::Staged> ConsoleSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  std::vector<std::string> names;
  for (const data::Field& field : rows.schema().fields()) names.push_back(field.name);
  ShowTable table(names, options_.show);
  formats::ShownRow shown(connector::chunk_schema(rows.schema()), rows.zone());
  connector::Staged staged;
  staged.batch = batch;
  if (!first_) first_ = batch;
  const bool is_shown = !options_.batches || batch - *first_ < *options_.batches;
  const auto show = [&](const connector::RowChunk& chunk) -> Result<bool> {
    staged.rows += chunk.rows;
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (!is_shown || table.rows() == options_.rows || table.bytes() >= kTextBytesMax) break;
      table.add_row(shown.at(chunk.columns, row));
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks({}, show));
  std::string text;
  if (!is_shown) {
    staged.action = dump_json(Json{{"text", text}});
    return staged;
  }
  text += kLine;
  text += "Batch: " + std::to_string(batch) + of_pipeline() + "\n";
  text += kLine;
  text += table.text(staged.rows > table.rows()) + "\n";
  staged.bytes = text.size();
  const nlohmann::json action = {{"text", std::move(text)}};
  staged.action = dump_json(action);
  return staged;
}

Status ConsoleSink::probe(const data::Schema& /*schema*/, OutputMode /*mode*/,
                          connector::Probe& probe) {
  probe.skip("nothing to connect to");
  return {};
}

Status ConsoleSink::publish(const connector::Staged& staged) {
  const auto action = parse_json(staged.action);
  if (!action.is_object() || !action.contains("text") || !action["text"].is_string()) {
    return corruption_error("console: the outbox holds no text for batch=" +
                            std::to_string(staged.batch));
  }
  crash_point("console.publish");
  {
    const std::lock_guard lock(output_mutex);
    before_terminal_output();
    out_ << action["text"].get<std::string>() << std::flush;
    if (!out_.good()) return user_error("cannot write to standard output; is it closed?");
  }
  crash_point("console.published");
  return {};
}

Result<std::optional<connector::Head>> ConsoleSink::head() {
  return std::optional<connector::Head>();
}

Status ConsoleSink::discard_staged() { return {}; }

namespace {

/// true: 20 characters, false: no limit, else a number.
Result<std::size_t> read_truncate(const ConfigValue& value) {
  const std::string& text = value.text();
  if (value.shape() == ConfigValue::Shape::kScalar) {
    if (text == "true") return std::size_t{20};
    if (text == "false") return std::size_t{0};
    std::size_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc() && end == text.data() + text.size()) return number;
  }
  return value.error("'truncate' must be true, false or a number of characters such as 40");
}

Result<std::unique_ptr<connector::Sink>> make_console_sink(const Options& options,
                                                           const connector::Context& /*context*/) {
  ConsoleOptions result;
  result.rows = static_cast<std::size_t>(options.integer("rows"));
  SLUICE_ASSIGN(result.show.truncate, read_truncate(options.value("truncate")));
  if (options.has("batches")) result.batches = options.integer("batches");
  result.schema = options.boolean("schema");
  result.show.vertical = options.boolean("vertical");
  return {std::make_unique<ConsoleSink>(result, std::cout)};
}

}  // namespace

connector::SinkKind console_sink_kind() {
  connector::SinkKind kind;
  kind.name = "console";
  kind.text =
      "Prints each batch to standard output, as Spark's console sink does. A batch that is being "
      "printed when the process is killed is printed again.";
  kind.options = {
      {.name = "rows",
       .type = OptionType::kInteger,
       .text = "Rows of a batch that are shown at most.",
       .default_text = "20",
       .minimum = 0,
       .maximum = 10'000},
      {.name = "truncate",
       .type = OptionType::kAny,
       .text = "Characters of a value that are shown; longer ones end in `...`. true is 20; with "
               "false (or 0) nothing is cut and columns are left-aligned.",
       .default_text = "20",
       .example = "false",
       .schema_json = R"({"type": ["integer", "boolean"], "minimum": 0})"},
      {.name = "vertical",
       .type = OptionType::kBoolean,
       .text = "One line per value instead of one line per row.",
       .default_text = "false"},
      {.name = "batches",
       .type = OptionType::kInteger,
       .text = "Batches of a run that are shown at most: the first ones. Default: all.",
       .minimum = 0},
      {.name = "schema",
       .type = OptionType::kBoolean,
       .text = "Shows the columns as a tree, as Spark's printSchema does, when a run begins.",
       .default_text = "false"}};
  kind.modes = {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete};
  kind.promise = connector::Promise::kAtLeastOnce;
  kind.make = make_console_sink;
  return kind;
}

void register_console(connector::Registry& registry);
void register_console(connector::Registry& registry) { registry.add(console_sink_kind()); }

}  // namespace sluice::connectors
