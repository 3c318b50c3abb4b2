#include "connectors/cassandra/address.h"
#include "connectors/cassandra/cassandra_source.h"
#include "connectors/cassandra/table_source.h"

namespace sluice::connectors::cassandra {
namespace {

/// How many blocks of rows the inbox takes.
constexpr std::uint64_t kBlocksOfBuffer = 64;

std::vector<OptionSpec> what_options() {
  return {
      {.name = "keyspace", .text = "The table's keyspace."},
      {.name = "table",
       .text = "The table to read, as the server calls it (lower case unless it was made with "
               "quotes). Its token ranges are read side by side."},
      {.name = "columns",
       .type = OptionType::kTextList,
       .text = "Columns of the table. Default: all, keys first, then the others by name.",
       .example = "[id, amount]"},
      {.name = "query",
       .text = "Instead of `table`: a CQL SELECT, read from one end to the other.",
       .example = "SELECT id, amount FROM shop.orders WHERE day = '2024-05-01'"},
      {.name = "types",
       .type = OptionType::kSchema,
       .text = "SQL types of columns that must not have their natural one: another DECIMAL or "
               "VARCHAR for `decimal` (DECIMAL(38,18)), an integer, DECIMAL or VARCHAR for "
               "`varint` (HUGEINT), BIGINT nanoseconds for `time`, STRUCT(months INTEGER, days "
               "INTEGER, nanoseconds BIGINT) for `duration`. Nothing is rounded.",
       .example = "{amount: \"DECIMAL(18,4)\"}"},
      {.name = "on_error",
       .type = OptionType::kChoice,
       .text = "A value that its SQL type does not hold: the row goes to the dead letter with its "
               "bytes, the value is NULL, or the pipeline stops.",
       .default_text = "dead_letter",
       .choices = {"dead_letter", "null", "fail"}}};
}

std::vector<OptionSpec> scan_options() {
  return {
      {.name = "every",
       .type = OptionType::kDuration,
       .text = "Scans the table again and again, this long after the last scan began, and gives "
               "rows whose `growing` is new. Default: one scan in the checkpoint's life.",
       .minimum = 1'000'000,
       .example = "10m"},
      {.name = "growing",
       .text = "With `every`: the column, a timestamp or timeuuid, that grows with each write. "
               "Rows in which it is NULL are not given.",
       .example = "updated_at"},
      {.name = "overlap",
       .type = OptionType::kDuration,
       .text = "With `every`: how far a scan looks back before the highest value of the last one, "
               "for writes that were late. What was given is not given again.",
       .default_text = "1m",
       .minimum = 0},
      {.name = "overlap_rows",
       .type = OptionType::kInteger,
       .text = "With `every`: rows at most that are remembered as given; with more in the overlap "
               "the pipeline stops. Each takes about 60 bytes of memory.",
       .default_text = "1000000",
       .minimum = 1},
      {.name = "ranges",
       .type = OptionType::kInteger,
       .text = "Into how many parts the table's tokens are split.",
       .default_text = "64",
       .minimum = 1,
       .maximum = 65536},
      {.name = "parallel",
       .type = OptionType::kInteger,
       .text = "Parts that are read at once.",
       .default_text = "4",
       .minimum = 1,
       .maximum = 1024},
      {.name = "page_rows",
       .type = OptionType::kInteger,
       .text = "Rows of one answer. Twice `parallel` answers are in memory at most; fewer rows "
               "are better where they are large.",
       .default_text = "1000",
       .minimum = 1,
       .maximum = 100'000},
      {.name = "buffer",
       .type = OptionType::kByteSize,
       .text =
           "Once so much is stored and not yet in a published batch, the scan waits. A 64th of it "
           "is collected in memory and stored at once.",
       .default_text = "256MiB",
       .minimum = 1 << 20},
      {.name = "max_records_per_trigger",
       .type = OptionType::kInteger,
       .text = "Rows that one batch takes at most. Default: no limit.",
       .minimum = 1},
      {.name = "max_bytes_per_trigger",
       .type = OptionType::kByteSize,
       .text = "Bytes that one batch takes at most; one row always gets through.",
       .default_text = "32MiB",
       .minimum = 1}};
}

Status read_what(const Options& options, ScanSettings& settings) {
  const bool has_table = options.has("table");
  if (has_table == options.has("query")) {
    return options.value(has_table ? "query" : "contact_points")
        .error(has_table ? "a cassandra source takes 'table' or 'query', not both"
                         : "a cassandra source needs 'keyspace' and 'table', or 'query'");
  }
  if (has_table) {
    if (!options.has("keyspace")) {
      return options.value("table").error("'table' needs 'keyspace' beside it");
    }
    settings.table = TableName{options.text("keyspace"), options.text("table")};
    settings.cluster.keyspace = settings.table->keyspace;
  } else {
    settings.query = options.text("query");
    for (const char* name : {"columns", "every"}) {
      if (!options.has(name)) continue;
      return options.value(name).error("'" + std::string(name) + "' goes with 'table'; " +
                                       "a query says itself what it reads, once");
    }
  }
  if (options.has("columns")) settings.columns = options.text_list("columns");
  if (options.has("types")) settings.types = options.value("types");
  settings.null_bad_fields = options.text("on_error") == "null";
  return {};
}

Status read_growth(const Options& options, ScanSettings& settings) {
  if (options.has("every") != options.has("growing")) {
    return options.value(options.has("every") ? "every" : "growing")
        .error("'every' and 'growing' come together; add the other one");
  }
  if (!options.has("every")) return {};
  settings.every = options.integer("every");
  settings.growing = options.text("growing");
  settings.overlap = options.integer("overlap");
  settings.overlap_rows_max = options.integer("overlap_rows");
  return {};
}

Result<std::unique_ptr<connector::Source>> make_source(const Options& options,
                                                       const connector::Context& context) {
  ScanSettings settings;
  SLUICE_ASSIGN(settings.cluster, read_cluster_settings(options));
  SLUICE_TRY(read_what(options, settings));
  SLUICE_TRY(read_growth(options, settings));
  settings.ranges = static_cast<std::uint32_t>(options.integer("ranges"));
  settings.parallel = static_cast<std::uint32_t>(options.integer("parallel"));
  settings.page_rows = static_cast<std::int32_t>(options.integer("page_rows"));
  if (context.is_table) {
    if (settings.every > 0) {
      return options.value("every").error(
          "a table is read in full; say how often with 'refresh' beside 'cassandra' instead");
    }
    return {std::make_unique<TableSource>(std::move(settings))};
  }
  const auto buffer = static_cast<std::uint64_t>(options.integer("buffer"));
  settings.block_bytes = buffer / kBlocksOfBuffer;
  return {std::make_unique<CassandraSource>(std::move(settings), buffer, context)};
}

}  // namespace

connector::SourceKind cassandra_source_kind() {
  connector::SourceKind kind;
  kind.name = "cassandra";
  kind.address = address_form();
  kind.text =
      "The rows of an Apache Cassandra table or query, with the server's columns: once, or again "
      "and again those that are new. They are stored in the checkpoint before a batch takes them.";
  kind.options = cluster_options();
  for (auto* part : {&what_options, &scan_options}) {
    for (OptionSpec& spec : part()) kind.options.push_back(std::move(spec));
  }
  kind.make = make_source;
  return kind;
}

}  // namespace sluice::connectors::cassandra
