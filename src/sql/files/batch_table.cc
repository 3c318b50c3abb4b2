#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/duckdb_vector.h"
#include "sql/files/file_writer.h"
#include "sql/files/keyed_rows.h"
#include "sql/scan/scan.h"

namespace sluice::sql {
namespace {

using connector::ChunkRequest;
using connector::FileRequest;
using connector::RowChunk;
using connector::WrittenFile;

class DuckdbBatchTable final : public connector::BatchTable {
 public:
  DuckdbBatchTable(DuckdbSession& session, std::string select, data::Schema schema)
      : session_(session),
        select_(std::move(select)),
        schema_(std::move(schema)),
        zone_(session.facts()->zone.get()) {}

  const data::Schema& schema() const override { return schema_; }

  Result<std::vector<WrittenFile>> write_files(const FileRequest& request) override {
    return sql::write_files(session_, select_, schema_, request);
  }

  const TimeZone& zone() const override { return *zone_; }

  Status read_chunks(const ChunkRequest& request,
                     const std::function<Result<bool>(const RowChunk&)>& receive) override;

 private:
  Status give(const data::Schema& schema, const ChunkRequest& request,
              const std::function<Result<bool>(const RowChunk&)>& receive) const;

  DuckdbSession& session_;
  std::string select_;
  data::Schema schema_;
  std::shared_ptr<const TimeZone> zone_;
};

/// The rows of `select`, with the columns `schema`, as chunks have them.
std::string chunk_select(const std::string& select, const data::Schema& schema,
                         const data::Schema& chunks, const ChunkRequest& request) {
  if (chunks == schema && request.partition_by.empty()) return select;
  std::string names;
  std::string values;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const std::string name = "c" + std::to_string(i);
    std::string value = name;
    if (schema[i].type != chunks[i].type) {
      value = chunks[i].type.id() == data::TypeId::kJson ? "system.main.to_json(" + name + ")"
                                                         : "CAST(" + name + " AS VARCHAR)";
    }
    names += (i == 0 ? "" : ", ") + name;
    values += (i == 0 ? "" : ", ") + value;
  }
  std::string sql = "SELECT " + values + " FROM (" + select + "\n) AS sluice_rows(" + names + ")";
  if (request.partition_by.empty()) return sql;
  sql += " ORDER BY ";
  for (const std::string& name : request.partition_by) {
    sql += "CAST(c" + std::to_string(schema.find(name)) + " AS VARCHAR), ";
  }
  // The row number keeps the order of the rows within a partition.
  return sql + "row_number() OVER ()";
}

Status DuckdbBatchTable::read_chunks(const ChunkRequest& request,
                                     const std::function<Result<bool>(const RowChunk&)>& receive) {
  const data::Schema schema = connector::chunk_schema(schema_, request);
  if (!request.upsert.columns.empty()) {
    SLUICE_ASSIGN(const KeyedRows rows,
                  KeyedRows::make(session_, select_, schema_, request.upsert, {}));
    const DuckdbBatchTable one_a_key(session_, rows.marked(), rows.marked_schema());
    return one_a_key.give(schema, {}, receive);
  }
  return give(schema, request, receive);
}

Status DuckdbBatchTable::give(const data::Schema& schema, const ChunkRequest& request,
                              const std::function<Result<bool>(const RowChunk&)>& receive) const {
  SLUICE_ASSIGN(ResultHandle result,
                session_.stream(chunk_select(select_, schema_, schema, request)));
  std::vector<data::VectorReader> columns;
  for (const data::Field& field : schema.fields()) columns.push_back(make_reader(field.type));
  while (const ChunkHandle chunk{duckdb_fetch_chunk(*result.get())}) {
    const std::uint64_t rows = duckdb_data_chunk_get_size(chunk.get());
    if (rows == 0) continue;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      aim_reader(columns[i], duckdb_data_chunk_get_vector(chunk.get(), i), schema[i].type);
    }
    SLUICE_ASSIGN(const bool goes_on, receive({columns, rows}));
    if (!goes_on) return {};
  }
  return DuckdbSession::check(result.get());
}

}  // namespace

Result<std::unique_ptr<connector::BatchTable>> make_batch_table(Session& session,
                                                                std::string select) {
  SLUICE_ASSIGN(data::Schema schema, session.describe(select));
  return make_batch_table(session, std::move(select), std::move(schema));
}

std::unique_ptr<connector::BatchTable> make_batch_table(Session& session, std::string select,
                                                        data::Schema schema) {
  return std::make_unique<DuckdbBatchTable>(DuckdbSession::of(session), std::move(select),
                                            std::move(schema));
}

}  // namespace sluice::sql
