#include "config/keys.h"

#include <algorithm>
#include <iterator>

#include "config/alert_keys.h"

namespace sluice::config {
namespace {

/// What a pipeline is made of.
std::vector<OptionSpec> part_keys() {
  return {
      {.name = "name",
       .type = OptionType::kText,
       .text =
           "The pipeline's name: letters, digits, '_', '-' and '.'. Sinks with a log (Delta) know "
           "their writer by it, so keep it for the life of a checkpoint.",
       .required = true,
       .example = "invoices"},
      {.name = "sources",
       .type = OptionType::kAny,
       .text = "Where records come from: a map of name to source. SQL reads a source by its name. "
               "Without one, views over `tables` are a batch job."},
      {.name = "tables",
       .type = OptionType::kAny,
       .text = "Tables that are read in full: a map of name to table. SQL reads a table by its "
               "name, to join it with streams, or alone: such a view is computed again when a "
               "table has changed."},
      {.name = "views",
       .type = OptionType::kAny,
       .text =
           "SELECT statements over sources and other views, in DuckDB's SQL with Spark's function "
           "names: a map of name to SQL text, or to a map with `sql` or `from`."},
      {.name = "functions",
       .type = OptionType::kAny,
       .text = "Functions that the file's SQL may call, besides those of DuckDB and Spark: a map "
               "of name to an SQL expression, or to a function of a Python file or a shared "
               "library.",
       .example = "{net: {args: [price, rate], sql: price * (1 - rate)}}"},
      {.name = "sinks",
       .type = OptionType::kAny,
       .text = "Where the rows of views and sources go: a map of name to sink. A file with "
               "`charts` may "
               "have none."},
  };
}

/// What is to be seen of it.
std::vector<OptionSpec> shown_keys() {
  return {
      {.name = "charts",
       .type = OptionType::kAny,
       .text = "A dashboard: a map of name to chart, in the order of the page. A chart is a query "
               "and one key that says how its rows are drawn.",
       .example = "{shops: {from: shops, bar: {x: shop, y: orders}}}"},
      {.name = "ui",
       .type = OptionType::kAny,
       .text = "What the charts have in common, and where the live page is served.",
       .example = "{range: 1h, filters: [region], listen: \"127.0.0.1:8484\"}"},
  };
}

/// How it runs.
std::vector<OptionSpec> running_keys() {
  return {
      {.name = "timezone",
       .type = OptionType::kText,
       .text = "The time zone in which SQL reads and shows a TIMESTAMPTZ, and into which it turns "
               "one without a zone: a name such as Europe/Berlin. Watermarks and windows do not "
               "depend on it.",
       .default_text = "UTC",
       .example = "Europe/Berlin"},
      {.name = "trigger",
       .type = OptionType::kAny,
       .text =
           "When batches run: {every: 5s} (a batch each interval), continuous (as fast as batches "
           "go), available_now (all there is at the start, in batches, then end) or once (all "
           "there "
           "is in one batch, then end).",
       .default_text = "continuous",
       .example = "{every: 5s}"},
      {.name = "checkpoint",
       .type = OptionType::kPath,
       .text =
           "The folder that keeps offsets, state and the outbox (state.db). One pipeline has one "
           "checkpoint of its own; without it a restart would begin from the start. A file with "
           "neither "
           "sources nor sinks (a dashboard over tables) needs none.",

       .example = "out/checkpoint"},
      {.name = "backup",
       .type = OptionType::kAny,
       .text = "Where copies of the checkpoint go, for when its disk is lost; `sluice checkpoint` "
               "lists and restores them.",
       .example = "{to: \"s3://backups/invoices\", every: 10m, keep: 3}"},
      {.name = "watermark_policy",
       .type = OptionType::kChoice,
       .text = "The pipeline's watermark when several sources or views have one: min (no rows are "
               "too late because another is ahead) or max (results do not wait for the slowest). "
               "Spark's multipleWatermarkPolicy.",
       .default_text = "min",
       .choices = {"min", "max"}},
      {.name = "s3",
       .type = OptionType::kAny,
       .text =
           "How `s3://bucket/...` paths are reached: endpoint, keys, time limits. Without it they "
           "are taken from the environment (AWS_*) and the profile files.",
       .example = "{endpoint: \"https://minio.example.com:9000\", profile: lake}"},
      {.name = "mounts",
       .type = OptionType::kAny,
       .text =
           "Names for folders of buckets: a map of name to {s3: {bucket: ...}}. Paths then begin "
           "with the name: `lake://bronze`.",
       .example = "{lake: {s3: {bucket: sales, prefix: lake}}}"},
      {.name = "engine",
       .type = OptionType::kAny,
       .text = "Memory, threads and retries of this pipeline."},
      {.name = "tests",
       .type = OptionType::kAny,
       .text =
           "Unit tests of the file, by name (docs/reference/tests.md). Only `sluice test` reads "
           "them; they may be in a file of their own beside it, NAME.test.yaml."},
      {.name = "lint",
       .type = OptionType::kAny,
       .text = "Which warnings of `sluice check` do not count in this file.",
       .example = "{allow: [LINT_SMALL_FILES]}"},
  };
}

}  // namespace

const std::vector<OptionSpec>& pipeline_keys() {
  static const std::vector<OptionSpec> kKeys = [] {
    std::vector<OptionSpec> keys = part_keys();
    std::ranges::move(shown_keys(), std::back_inserter(keys));
    std::ranges::move(running_keys(), std::back_inserter(keys));
    std::ranges::move(alert_part_keys(), std::back_inserter(keys));
    return keys;
  }();
  return kKeys;
}

const std::vector<OptionSpec>& source_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "format",
       .type = OptionType::kAny,
       .text = "How the bytes of a record become columns: one format with its options, such as "
               "{json: {schema: {...}}}. Without it, or with `raw`, SQL sees the connector's own "
               "columns only (Kafka: key, value, topic, partition, offset ...).",
       .example = "{json: {schema: {id: BIGINT, name: VARCHAR}}}"},
      {.name = "metadata",
       .type = OptionType::kAny,
       .text = "The connector's own columns that SQL sees besides the format's: a list of their "
               "names, or "
               "a map of new name to column.",
       .example = "[partition, offset]",
       .schema_json = R"({"oneOf":[{"type":"array","items":{"type":"string"}},)"
                      R"({"type":"object","additionalProperties":{"type":"string"}}]})"},
      {.name = "dead_letter",
       .type = OptionType::kAny,
       .text = "Where records that do not decode go: one sink with its options. By default Parquet "
               "files in <checkpoint>/dead_letter/<source>, so nothing is ever dropped unseen."},
      {.name = "watermark",
       .type = OptionType::kAny,
       .text = "When the source's events happened and how late they may come: what append mode, "
               "windows and joins of streams need to know when a result is final. Spark's "
               "withWatermark.",
       .example = "{column: ts, delay: 10m}"},
      {.name = "renamed_from",
       .type = OptionType::kText,
       .text = "The source's name in the checkpoint, when it had another one there: it goes on "
               "from that position. May stay in the file.",
       .example = "orders"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& table_keys() {
  static const std::vector<OptionSpec> kKeys = {
      source_keys()[0],  // format
      source_keys()[1],  // metadata
      {.name = "refresh",
       .type = OptionType::kDuration,
       .text = "The table is read again when it is older than this; rows of later batches meet the "
               "new version. By default it is read once, at the start.",
       .minimum = 1'000,
       .maximum = 86'400'000'000.0 * 365,
       .example = "10m"},
      {.name = "latest_by_key",
       .type = OptionType::kBoolean,
       .text = "For a compacted topic: of the records of one key the newest is the row, and one "
               "without a value (a tombstone) deletes it. Keys are compared as bytes; records "
               "without a key are rows of their own.",
       .default_text = "false",
       .example = "true"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& watermark_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "column",
       .type = OptionType::kText,
       .text = "When a row's event happened: a column of type TIMESTAMP or TIMESTAMPTZ, or an SQL "
               "expression over the columns of the source or view that gives one.",
       .required = true,
       .example = "to_timestamp(created, 'dd/MM/yyyy HH:mm')"},
      {.name = "delay",
       .type = OptionType::kDuration,
       .text = "How far behind the latest event a row may come. A longer delay keeps more rows and "
               "makes results final later.",
       .required = true,
       .minimum = 0,
       .maximum = 86'400'000'000.0 * 3650,
       .example = "10m"},
      {.name = "idle_after",
       .type = OptionType::kDuration,
       .text = "A source that has given no row for this long, or a view that none has reached, "
               "does not hold back the watermark of the others. By default it does.",
       .minimum = 1'000,
       .maximum = 86'400'000'000.0 * 365,
       .example = "1m"},
      {.name = "when_idle",
       .type = OptionType::kChoice,
       .text = "What the watermark does once all sources and views with one have been silent for "
               "idle_after. hold: it stays where it is, so the last results wait for the next rows "
               "(the default). "
               "advance: it goes on with the clock, as if rows had come on time, so the last "
               "results come out; rows that come later and are behind it are late.",
       .choices = {"hold", "advance"}},
  };
  return kKeys;
}

const std::vector<OptionSpec>& sink_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "from",
       .type = OptionType::kText,
       .text = "The view or source whose rows the sink takes.",
       .required = true,
       .example = "totals"},
      {.name = "mode",
       .type = OptionType::kChoice,
       .text = "append: rows are final and come once. update: rows that changed in the batch. "
               "complete: the whole result, every batch. upsert: rows that changed in the batch, "
               "each in the place of the row that the target has of the same `key`; a row that has "
               "left the result is deleted there. Which ones are possible depends on the view and "
               "the connector.",
       .default_text = "append",
       .choices = {"append", "update", "complete", "upsert"}},
      {.name = "key",
       .type = OptionType::kTextList,
       .text = "With mode: upsert, the columns in which two rows are the same one. NULL is the "
               "same as NULL.",
       .example = "[SellerID]"},
      {.name = "order_by",
       .type = OptionType::kTextList,
       .text = "With mode: upsert, of several rows of one key in a batch the greatest by these "
               "columns wins. Without it they are the error E_DUPLICATE_KEY, unless they are equal "
               "in every column.",
       .example = "[ts]"},
      {.name = "delete_when",
       .type = OptionType::kText,
       .text =
           "With mode: upsert, an SQL condition over the rows: a row for which it is true deletes "
           "the row that the target has of its key, and is not written itself.",
       .example = "op = 'd'"},
      {.name = "leave_out",
       .type = OptionType::kTextList,
       .text = "With mode: upsert, columns that only `order_by` and `delete_when` need: they are "
               "not written.",
       .example = "[op, ts]"},
      {.name = "roll",
       .type = OptionType::kAny,
       .text = "Modes append and upsert: rows of several batches make one file. Until there are "
               "enough of them they wait in the checkpoint, as safe as state; readers see them "
               "when they are written. Of rows of one key that wait in mode upsert the last one "
               "counts. A run that ends by itself (once, available_now) writes all.",
       .example = "{size: 128MiB, every: 10m}"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& roll_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "rows",
       .type = OptionType::kInteger,
       .text = "Write the waiting rows once there are this many.",
       .minimum = 1,
       .example = "1000000"},
      {.name = "size",
       .type = OptionType::kByteSize,
       .text = "Write the waiting rows once they make about this many bytes in files, judged by "
               "earlier files; the first batch is written at once to learn this.",
       .minimum = 1,
       .example = "128MiB"},
      {.name = "every",
       .type = OptionType::kDuration,
       .text = "Write the waiting rows once the first of them has waited this long.",
       .minimum = 1'000,
       .maximum = 86'400'000'000.0 * 365,
       .example = "10m"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& trigger_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "every",
       .type = OptionType::kDuration,
       .text =
           "A batch each interval when there is data. A batch that takes longer delays the next.",
       .required = true,
       .minimum = 1'000,
       .maximum = 86'400'000'000.0 * 365,
       .example = "5s"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& engine_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "threads",
       .type = OptionType::kInteger,
       .text = "Threads of SQL; 0: as many as the machine has cores, of several pipelines in one "
               "process an even part of them.",
       .default_text = "0",
       .minimum = 0,
       .maximum = 1024},
      {.name = "memory_limit",
       .type = OptionType::kByteSize,
       .text =
           "Memory that SQL may take, for state too, before it spills to the checkpoint's disk. It "
           "must be several times what one batch changes in a state. The program and the records "
           "of a batch come on top. By default 80 % of the machine's, of several pipelines in one "
           "process an even part of that.",
       .minimum = 64.0 * 1024 * 1024,
       .example = "2GiB"},
      {.name = "retries",
       .type = OptionType::kInteger,
       .text =
           "How many times a step that failed for a passing reason (an unreachable broker, a full "
           "disk) is tried again before the pipeline stops.",
       .default_text = "10",
       .minimum = 0,
       .maximum = 1'000'000},
      {.name = "retry_pause_max",
       .type = OptionType::kDuration,
       .text = "The longest pause between two tries; pauses double from 100ms up to it.",
       .default_text = "30s",
       .minimum = 1'000,
       .maximum = 3'600'000'000.0},
      {.name = "restart",
       .type = OptionType::kChoice,
       .text = "Whether the pipeline starts again by itself after an error, from its checkpoint: "
               "never, or on_failure, after pauses that double up to 1m until a batch is done. "
               "What would meet the same error again (a file or data that do not fit, E_FENCED, a "
               "damaged checkpoint) ends it all the same.",
       .default_text = "never",
       .choices = {"never", "on_failure"}},
  };
  return kKeys;
}

const std::vector<OptionSpec>& backup_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "to",
       .type = OptionType::kPath,
       .text = "Folder of the backups, on another disk of this machine or in a store; of this "
               "pipeline alone.",
       .required = true,
       .example = "s3://backups/invoices"},
      {.name = "every",
       .type = OptionType::kDuration,
       .text = "How long from one backup to the next. They are made while batches go on, and once "
               "more at an orderly end. 0s: of every batch, before anything of it is published, so "
               "that no sink is ever ahead of the newest backup; batches wait for it.",
       .default_text = "10m",
       .minimum = 0,
       .maximum = 86'400'000'000.0 * 365,
       .example = "1m"},
      {.name = "keep",
       .type = OptionType::kInteger,
       .text = "How many backups are kept; older ones are removed.",
       .default_text = "3",
       .minimum = 1,
       .maximum = 1000},
  };
  return kKeys;
}

const std::vector<OptionSpec>& mount_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "s3",
       .type = OptionType::kAny,
       .text = "The bucket, and how it is reached; what is not said here is as in the pipeline's "
               "`s3`.",
       .required = true,
       .example = "{bucket: sales, prefix: lake}"},
  };
  return kKeys;
}

std::span<const std::string> trigger_words() {
  static const std::vector<std::string> kWords = {"once", "available_now", "continuous"};
  return kWords;
}

std::span<const std::string> reserved_words() {
  // DuckDB's reserved keywords (duckdb_keywords() where keyword_category = 'reserved').
  static const std::vector<std::string> kWords = {
      "all",        "analyse",      "analyze",     "and",        "any",       "array",
      "as",         "asc",          "asymmetric",  "both",       "case",      "cast",
      "check",      "collate",      "column",      "constraint", "create",    "default",
      "deferrable", "desc",         "describe",    "distinct",   "do",        "else",
      "end",        "except",       "false",       "fetch",      "for",       "foreign",
      "from",       "group",        "having",      "in",         "initially", "intersect",
      "into",       "lambda",       "lateral",     "leading",    "limit",     "not",
      "null",       "offset",       "on",          "only",       "or",        "order",
      "pivot",      "pivot_longer", "pivot_wider", "placing",    "primary",   "qualify",
      "references", "returning",    "select",      "show",       "some",      "summarize",
      "symmetric",  "table",        "then",        "to",         "trailing",  "true",
      "union",      "unique",       "unpivot",     "using",      "variadic",  "when",
      "where",      "window",       "with"};
  return kWords;
}

}  // namespace sluice::config
