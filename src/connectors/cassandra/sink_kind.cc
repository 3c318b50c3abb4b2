#include "connectors/cassandra/address.h"
#include "connectors/cassandra/cassandra_sink.h"

namespace sluice::connectors::cassandra {
namespace {

using connector::OutputMode;

std::vector<OptionSpec> sink_options() {
  std::vector<OptionSpec> options = cluster_options();
  for (OptionSpec spec : std::initializer_list<OptionSpec>{
           {.name = "keyspace", .text = "The table's keyspace.", .required = true},
           {.name = "table",
            .text = "The table to write to, which must be there. The rows' columns are its, by "
                    "name; those of its key must be among them.",
            .required = true},
           {.name = "ttl",
            .text = "A column of the rows that says how many seconds a row lives, and is not "
                    "written. NULL: as long as the table says."},
           {.name = "nulls",
            .type = OptionType::kChoice,
            .text = "What a NULL does: `write` deletes the cell, so that the row is as it is in "
                    "the view; `unset` leaves the cell as it is in the table.",
            .default_text = "write",
            .choices = {"write", "unset"}},
           {.name = "commits_table",
            .text = "The table in the same keyspace in which sinks note which batch they have "
                    "written last. Made when it is missing.",
            .default_text = "sluice_commits"},
           {.name = "parallel",
            .type = OptionType::kInteger,
            .text = "Requests in flight at most.",
            .default_text = "32",
            .minimum = 1,
            .maximum = 4096},
           {.name = "batch_bytes",
            .type = OptionType::kByteSize,
            .text = "Rows of one partition go together in unlogged batches of this size; the "
                    "server warns of batches over 5 KiB and refuses those over 50 KiB, unless "
                    "its settings say otherwise. A larger row goes alone.",
            .default_text = "4KiB",
            .minimum = 1,
            .maximum = 1 << 30}}) {
    options.push_back(std::move(spec));
  }
  return options;
}

Result<std::unique_ptr<connector::Sink>> make_sink(const Options& options,
                                                   const connector::Context& context) {
  SinkSettings settings;
  SLUICE_ASSIGN(settings.cluster, read_cluster_settings(options));
  settings.table = {options.text("keyspace"), options.text("table")};
  settings.cluster.keyspace = settings.table.keyspace;
  settings.commits_table = options.text("commits_table");
  if (options.has("ttl")) settings.ttl = options.text("ttl");
  settings.writes_nulls = options.text("nulls") == "write";
  settings.batch_bytes = static_cast<std::size_t>(options.integer("batch_bytes"));
  settings.parallel = static_cast<std::uint32_t>(options.integer("parallel"));
  return {std::make_unique<CassandraSink>(std::move(settings), context)};
}

}  // namespace

connector::SinkKind cassandra_sink_kind() {
  connector::SinkKind kind;
  kind.name = "cassandra";
  kind.address = address_form();
  kind.text =
      "Writes rows into an Apache Cassandra table, each in the place of the one with its primary "
      "key. Timestamps are fixed in the checkpoint: what is written again after a crash changes "
      "nothing, and overwrites nothing newer.";
  kind.options = sink_options();
  kind.modes = {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kUpsert};
  kind.promise = connector::Promise::kIdempotentByKey;
  kind.make = make_sink;
  return kind;
}

}  // namespace sluice::connectors::cassandra
