#include "app/lint/catalogue.h"

#include <algorithm>
#include <array>

namespace sluice::app {
namespace {

constexpr std::array kTimesAndNumbers = {
    LintRule{
        "LINT_FLOAT_KEY",
        "a view groups by a REAL or DOUBLE, or a sink in mode upsert has one as its key",
        "Two ways to compute the same number may differ in its last digit: then one key is two "
        "groups, or an upsert finds its row no more and adds another.",
        "Make the key a DECIMAL, an integer or a text: `CAST(x AS DECIMAL(18,6))`."},
    LintRule{
        "LINT_FLOAT_MONEY",
        "a column whose name speaks of money (amount, price, cost, fee, tax, balance, revenue, "
        "salary ...) is declared or cast as REAL or DOUBLE",
        "A DOUBLE has no 0.10: amounts are rounded where nobody sees it, sums depend on the "
        "order of their rows, and totals do not agree to the cent with those of the books.",
        "Declare it as `DECIMAL(18,2)`, with as many digits after the point as the data has."},
    LintRule{
        "LINT_NAIVE_TIMESTAMP",
        "an event time is a TIMESTAMP, which has no zone, and the file's `timezone` does not "
        "say that it is UTC",
        "A time without a zone counts as UTC. If it is a local time, windows, lateness and days "
        "are hours off, and twice a year an hour is there twice or not at all.",
        "Declare it as TIMESTAMPTZ, and have the producer write the offset (Z or +02:00); or, if "
        "the times are in UTC, write `timezone: UTC` into the file."},
};

constexpr std::array kState = {
    LintRule{
        "LINT_CHANGING_VALUE",
        "random(), uuid(), now() and the like are in a key of a view's state or of an upsert, or "
        "in a view that runs again over the whole result in each batch",
        "What is to be found again gets another value each time: groups, duplicates and rows of "
        "an upsert never meet, and in a view over a result all rows are new in every batch.",
        "Use a value of the record: its key, its time, or the metadata of its place (topic, "
        "partition, offset)."},
    LintRule{"LINT_NO_WATERMARK",
             "a view groups by time (a window, or a time stamp), and no watermark ever passes it",
             "No group is ever final: mode append is not possible, rows that are years late still "
             "change results, and the state keeps a row for each window and key for ever.",
             "Give the source `watermark: {column: ts, delay: 10m}` and group by that column."},
    LintRule{
        "LINT_UNBOUNDED_STATE",
        "a view keeps a row for each record or key and never gives one up: an aggregate by an "
        "id, DISTINCT or `deduplicate` without an event time, or a join of streams without "
        "bounds",
        "The checkpoint grows with the stream: batches become slower, backups larger, until "
        "the disk is full.",
        "Give the sources a watermark and let the time bound the state: the event time among "
        "the keys, `deduplicate: {by: [id], within: 1h}`, or in the join `b.ts BETWEEN a.ts AND "
        "a.ts + INTERVAL 1 HOUR`. Where the keys are few, allow it and say so."},
    LintRule{
        "LINT_WHEN_IDLE",
        "`when_idle: advance` has no effect, since another watermark holds when all are silent",
        "The last windows stay open until the next records come, although the file seems to "
        "say otherwise.",
        "Write `when_idle: advance` at each watermark, or at none."},
};

constexpr std::array kPlaces = {
    LintRule{
        "LINT_CHECKPOINT_IN_TMP",
        "the checkpoint is in a folder that the system empties (/tmp, /var/tmp, /dev/shm, /run)",
        "After a restart of the machine offsets and state are gone: the pipeline begins again, "
        "and its sinks refuse rows of another run or get them twice.",
        "Put it on a disk that stays, such as /var/lib/NAME/checkpoint."},
    LintRule{
        "LINT_MANY_PARTITIONS",
        "`partition_by` has a column with nearly as many values as there are rows: an id, a UUID, "
        "a time to the second, a number with fractions",
        "Each value is a folder with a file of its own in each batch: thousands of tiny files, "
        "which are slow to write, to list and to read.",
        "Partition by a column with few values, such as a day (`CAST(ts AS DATE) AS day`) or a "
        "country, or not at all."},
    LintRule{"LINT_READS_OWN_OUTPUT", "a source reads the folder into which a sink writes",
             "What is written is read again and written again, without end.",
             "Give the sink a folder of its own."},
    LintRule{
        "LINT_SECRET_IN_FILE",
        "a password, key or token is written into the file, also as the default of a "
        "`${NAME:-...}` or in a URL",
        "Files are committed, copied and shown; who has it once has it for good.",
        "Write `${file:/run/secrets/name}` or `${NAME}` in its place, and change the secret where "
        "the file has been seen."},
    LintRule{
        "LINT_SMALL_FILES",
        "a sink writes a file in each batch, batches come more often than every 30 seconds (or "
        "as fast as they go), and nothing puts the files together",
        "Thousands of small files a day: listing and opening them takes readers longer than "
        "reading them, and stores charge for each.",
        "Let rows wait for a file: `roll: {size: 128MiB, every: 10m}`; or a longer trigger; or "
        "a delta sink, which compacts its files (`compact: true`)."},
    LintRule{
        "LINT_START_LATEST",
        "a Kafka source begins at the end of its topic (`start: latest`), and the trigger "
        "(available_now, once) ends a run at what is there when it starts",
        "The first run reads nothing, and never what came before it.",
        "`start: earliest`, or a point in time: `start: {timestamp: \"2024-05-01 00:00:00\"}`."},
    LintRule{"LINT_UNVERIFIED_TLS", "the certificate of a server is not verified, or not its name",
             "Whoever is between the two can read and change what is sent, passwords included.",
             "Name the authority that has signed it (`ca_file`, of Kafka `ssl.ca.location`) and "
             "verify."},
};

constexpr std::array kNames = {
    LintRule{
        "LINT_ALIAS_HIDES_COLUMN",
        "GROUP BY names a column, and the SELECT gives something else the same name",
        "By SQL's rules GROUP BY means the column, not what the SELECT makes of it: `SELECT "
        "date_trunc('hour', ts) AS ts ... GROUP BY ts` has a group for each ts, not for each "
        "hour.",
        "Give the result another name and group by that, or write the expression into GROUP BY."},
    LintRule{
        "LINT_AMBIGUOUS_NAME",
        "a name in a view's SQL means a column, and a relation (or a common table expression "
        "and a view) has it, too",
        "Readers take one for the other, and a new column with that name changes what the SQL "
        "means without an error.",
        "Give the relation an alias (`FROM orders AS o`) and write it in front of the column."},
    LintRule{"LINT_DUPLICATE_COLUMN",
             "`*` over a join gives two columns of one name (id and id, or id and id_1)",
             "Which side a column is of depends on the order in FROM, and a new column on one side "
             "renames those of the other, in the sink, too.",
             "Name the columns, with `AS` where both sides have one; or join with USING."},
    LintRule{"LINT_LATE_ROWS_UNREAD",
             "`late: {to: NAME}` names a stream that no view and no sink reads",
             "The late rows are counted only, although the file seems to keep them.",
             "Add a sink `from` it, or leave `late` out."},
    LintRule{"LINT_SHARD_ROWS",
             "a chart or alert of a run in shards looks at something whose rows are of this shard "
             "alone",
             "Each shard shows and reports its own part, not the whole.",
             "Ask what the sinks have written, or run without shards."},
    LintRule{
        "LINT_UNUSED_ALLOW",
        "a comment `# sluice: allow CODE`, or an entry of `lint: {allow: [...]}`, keeps nothing "
        "quiet",
        "It is old, or in the wrong place; one day it hides what it was not meant for.",
        "Remove it; or move it to the line of the warning, or above it."},
    LintRule{
        "LINT_UNUSED_COLUMN",
        "the file declares a column of a source (or its metadata) that no view, sink, chart or "
        "alert reads",
        "Its values are not even decoded, so that a wrong type is never noticed, and who reads "
        "the file takes it for needed.",
        "Remove the column from the schema: fields that it does not have are ignored."},
    LintRule{"LINT_UNUSED_PART", "a source, table or view is read by nothing that reaches a sink",
             "It is read, and connected to, for nothing, and its watermark does not count.",
             "Remove it, or add the sink that it was meant for."},
};

std::vector<LintRule> sorted() {
  std::vector<LintRule> rules;
  const auto add = [&rules](std::span<const LintRule> some) {
    rules.insert(rules.end(), some.begin(), some.end());
  };
  add(kTimesAndNumbers);
  add(kState);
  add(kPlaces);
  add(kNames);
  std::ranges::sort(rules, {}, &LintRule::code);
  return rules;
}

}  // namespace

std::span<const LintRule> lint_rules() {
  static const std::vector<LintRule> kRules = sorted();
  return kRules;
}

const LintRule* find_lint(std::string_view code) {
  const auto found = std::ranges::find(lint_rules(), code, &LintRule::code);
  return found == lint_rules().end() ? nullptr : &*found;
}

std::vector<std::string> lint_codes() {
  std::vector<std::string> codes;
  for (const LintRule& rule : lint_rules()) codes.emplace_back(rule.code);
  return codes;
}

}  // namespace sluice::app
