#include "connectors/cassandra/cassandra_sink.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/crash_point.h"
#include "base/json.h"
#include "connector/piece_buffer.h"
#include "connectors/cassandra/cql_encoding.h"
#include "connectors/cassandra/cql_number.h"

namespace sluice::connectors::cassandra {
namespace {

using connector::OutputMode;

void append_text_cell(std::string& out, std::string_view text) {
  append_big_endian(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

}  // namespace

CassandraSink::CassandraSink(SinkSettings settings, const connector::Context& context)
    : settings_(std::move(settings)),
      upsert_(context.upsert),
      pipeline_(context.pipeline),
      name_(context.name),
      clock_(context.clock) {}

Status CassandraSink::check(const data::Schema& schema, OutputMode /*mode*/) const {
  const data::Schema written =
      connector::chunk_schema(schema, {.partition_by = {}, .upsert = upsert_});
  if (!settings_.ttl.empty() && written.find(settings_.ttl) < 0) {
    return user_error("cassandra: the rows have no column '" + settings_.ttl +
                      "', which 'ttl' names table=" + settings_.table.to_string());
  }
  return {};
}

void CassandraSink::introduce(const connector::Writer& writer,
                              const std::optional<connector::KnownClaim>& /*known*/) {
  writer_text_ = "host=" + writer.host + " process=" + std::to_string(writer.process) +
                 " checkpoint=" + writer.checkpoint;
}

Status CassandraSink::probe(const data::Schema& schema, OutputMode mode, connector::Probe& probe) {
  SLUICE_TRY(probe.step("connect " + settings_.cluster.address(), [&]() -> Status {
    SLUICE_ASSIGN(cluster_, Cluster::connect(settings_.cluster, probe.stop()));
    return {};
  }));
  // Finds the table, compares the types, and has the server prepare the INSERT.
  SLUICE_TRY(probe.step("columns of " + settings_.table.to_string(),
                        [&] { return prepare(schema, mode); }));
  probe.skip("not tried: whether the user may write, and make " + settings_.commits_table);
  return {};
}

Status CassandraSink::open(const data::Schema& schema, OutputMode mode) {
  if (!cluster_) {
    SLUICE_ASSIGN(cluster_, Cluster::connect(settings_.cluster, {}));
  }
  SLUICE_TRY(prepare(schema, mode));
  return open_commits();
}

Status CassandraSink::prepare(const data::Schema& schema, OutputMode mode) {
  SLUICE_ASSIGN(const TableColumns table, find_table(*cluster_, settings_.table, {}));
  if (mode == OutputMode::kUpsert) {
    std::vector<std::string> key = table.partition_key;
    key.insert(key.end(), table.clustering_key.begin(), table.clustering_key.end());
    std::vector<std::string> given = upsert_.columns;
    std::ranges::sort(key);
    std::ranges::sort(given);
    if (key != given) {
      std::string text;
      for (const std::string& column : key) text += (text.empty() ? "" : ", ") + column;
      return user_error(
          "cassandra: the sink's key must be the table's primary key, by which rows "
          "take each other's place; write key: [" +
          text + "] table=" + settings_.table.to_string());
    }
  }
  one_timestamp_ = mode == OutputMode::kUpsert;
  const bool may_delete = mode == OutputMode::kUpsert;
  const data::Schema chunks =
      connector::chunk_schema(schema, {.partition_by = {}, .upsert = upsert_});
  SLUICE_ASSIGN(writes_,
                RowWrites::make(chunks, {settings_.ttl, settings_.writes_nulls, may_delete},
                                settings_.table, table, *cluster_));
  return {};
}

Status CassandraSink::open_commits() {
  const TableName commits{settings_.table.keyspace, settings_.commits_table};
  if (auto found = find_table(*cluster_, commits, {}); !found) {
    if (found.error().kind() != Kind::kUser) return std::move(found).error();
    SLUICE_TRY(cluster_->execute(
        "CREATE TABLE IF NOT EXISTS " + commits.quoted() +
            " (pipeline text, sink text, batch_number bigint, plan_hash text, rows bigint, "
            "last_timestamp bigint, writer text, PRIMARY KEY (pipeline, sink))",
        {}));
  }
  const auto asked = cluster_->ask("SELECT CAST(last_timestamp AS text) FROM " + commits.quoted() +
                                       " WHERE pipeline = " + quote_cql_text(pipeline_) +
                                       " AND sink = " + quote_cql_text(name_),
                                   {});
  // The table has just been seen or made: a node may take a moment to know it.
  if (!asked) {
    const std::string& message = asked.error().message();
    const bool not_yet = message.find("does not exist") != std::string::npos;
    return not_yet ? transient_error(message) : asked.error().clone();
  }
  if (!asked->empty() && !asked->front().empty()) {
    const std::string& text = asked->front()[0];
    Micros last = 0;
    std::from_chars(text.data(), text.data() + text.size(), last);
    last_timestamp_ = std::max(last_timestamp_, last);
  }
  std::vector<std::string> statements = writes_->statements();
  statements.push_back(
      "INSERT INTO " + commits.quoted() +
      " (pipeline, sink, batch_number, plan_hash, rows, last_timestamp, writer) VALUES "
      "(?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?");
  SLUICE_ASSIGN(writer_, cluster_->writer(statements, settings_.parallel));
  return {};
}

Result<connector::Staged> CassandraSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  // Greater than all before, even where the clock has gone back.
  const Micros first = std::max(clock_.now(), last_timestamp_ + 1);
  Micros last = first;
  const connector::ChunkRequest request{.partition_by = {}, .upsert = upsert_};
  // Only a batch's rows have the column, where the schema that was opened has not.
  const int deletes =
      connector::chunk_schema(rows.schema(), request).find(connector::kDeletesColumn);
  writes_->set_deletes(deletes < 0 ? std::nullopt
                                   : std::optional(static_cast<std::size_t>(deletes)));
  connector::PieceBuffer pieces;
  connector::Staged staged;
  staged.batch = batch;
  std::string item;
  const auto take = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row, ++staged.rows) {
      // Of two rows of one key the later one must win, cell by cell.
      if (!one_timestamp_) last = first + static_cast<Micros>(staged.rows);
      item.clear();
      SLUICE_TRY(writes_->append(item, chunk.columns, row, last));
      SLUICE_TRY(pieces.add(item));
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks(request, take));
  SLUICE_TRY(pieces.store(batch, *staged_));
  crash_point("cassandra.staged");
  staged.bytes = pieces.bytes();
  staged.action = dump_json(Json{{"last_timestamp", last}});
  last_timestamp_ = last;
  return staged;
}

Status CassandraSink::publish(const connector::Staged& staged) {
  const Json action = parse_json(staged.action);
  if (!action.is_object() || !action.contains("last_timestamp") ||
      !action["last_timestamp"].is_number_integer()) {
    return corruption_error("cassandra: the outbox holds no timestamp for batch=" +
                            std::to_string(staged.batch));
  }
  const auto last = action["last_timestamp"].get<Micros>();
  const auto write = [&](std::string_view piece) -> Status {
    crash_point("cassandra.write");
    SLUICE_TRY(writer_->write(batch_block(piece, settings_.batch_bytes)));
    crash_point("cassandra.written");
    return {};
  };
  SLUICE_TRY(staged_->read(staged.batch, write));
  SLUICE_TRY(note(staged, last));
  crash_point("cassandra.committed");
  last_timestamp_ = std::max(last_timestamp_, last);
  return {};
}

Status CassandraSink::note(const connector::Staged& staged, Micros last) {
  std::string cells;
  append_text_cell(cells, pipeline_);
  append_text_cell(cells, name_);
  append_bigint_cell(cells, staged.batch);
  append_text_cell(cells, staged.plan_hash);
  append_bigint_cell(cells, static_cast<std::int64_t>(staged.rows));
  append_bigint_cell(cells, last);
  append_text_cell(cells, writer_text_);
  append_bigint_cell(cells, last);
  const auto statement = static_cast<std::uint32_t>(writes_->statements().size());
  return writer_->write(one_row_block(statement, cells));
}

Result<std::optional<connector::Head>> CassandraSink::head() {
  return std::optional<connector::Head>();
}

/// What is staged is in the checkpoint, whose transactions take it back.
Status CassandraSink::discard_staged() { return {}; }

}  // namespace sluice::connectors::cassandra
