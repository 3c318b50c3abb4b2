#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "formats/shown_value.h"
#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_error.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/duckdb_vector.h"
#include "sql/files/file_writer.h"
#include "sql/scan/scan.h"

namespace sluice::sql {
namespace {

using connector::FileRequest;
using connector::TextRow;
using connector::WrittenFile;

class DuckdbBatchTable final : public connector::BatchTable {
 public:
  DuckdbBatchTable(DuckdbSession& session, std::string select, data::Schema schema)
      : session_(session), select_(std::move(select)), schema_(std::move(schema)) {}

  const data::Schema& schema() const override { return schema_; }

  Result<std::vector<WrittenFile>> write_files(const FileRequest& request) override {
    return sql::write_files(session_, select_, schema_, request);
  }

  Result<std::uint64_t> read_text(std::uint64_t limit,
                                  const std::function<void(const TextRow&)>& receive) override;

 private:
  /// The query with the columns whose type has no name here as text.
  std::string readable_select() const;

  DuckdbSession& session_;
  std::string select_;
  data::Schema schema_;
};

std::string DuckdbBatchTable::readable_select() const {
  std::string casts;
  for (const data::Field& field : schema_.fields()) {
    if (field.type.id() != data::TypeId::kOther) continue;
    const std::string name = data::quote_identifier(field.name);
    casts += (casts.empty() ? "" : ", ") + ("CAST(" + name + " AS VARCHAR) AS " + name);
  }
  if (casts.empty()) return select_;
  return "SELECT * REPLACE (" + casts + ") FROM (" + select_ + "\n)";
}

/// The chunk's rows, from the first on, at most `rows`.
void give_rows(duckdb_data_chunk chunk, const std::vector<data::Type>& types, std::uint64_t rows,
               const TimeZone& zone, const std::function<void(const TextRow&)>& receive) {
  std::vector<data::VectorReader> vectors;
  for (std::size_t column = 0; column < types.size(); ++column) {
    vectors.push_back(read_vector(duckdb_data_chunk_get_vector(chunk, column), types[column]));
  }
  std::vector<std::string> texts(types.size());
  TextRow row(types.size());
  for (std::uint64_t i = 0; i < rows; ++i) {
    for (std::size_t column = 0; column < types.size(); ++column) {
      row[column].reset();
      if (vectors[column].is_null(i)) continue;
      texts[column].clear();
      formats::append_shown(texts[column], vectors[column], types[column], i, &zone);
      row[column] = texts[column];
    }
    receive(row);
  }
}

Result<std::uint64_t> DuckdbBatchTable::read_text(
    std::uint64_t limit, const std::function<void(const TextRow&)>& receive) {
  SLUICE_ASSIGN(ResultHandle result, session_.stream(readable_select()));
  std::vector<data::Type> types;
  for (idx_t i = 0; i < duckdb_column_count(result.get()); ++i) {
    const TypeHandle type(duckdb_column_logical_type(result.get(), i));
    types.push_back(read_logical_type(type.get()));
  }
  const auto zone = session_.facts()->zone.get();
  std::uint64_t rows = 0;
  while (const ChunkHandle chunk{duckdb_fetch_chunk(*result.get())}) {
    const std::uint64_t count = duckdb_data_chunk_get_size(chunk.get());
    if (rows < limit) give_rows(chunk.get(), types, std::min(count, limit - rows), *zone, receive);
    rows += count;
  }
  SLUICE_TRY(DuckdbSession::check(result.get()));
  return rows;
}

}  // namespace

Result<std::unique_ptr<connector::BatchTable>> make_batch_table(Session& session,
                                                                std::string select) {
  SLUICE_ASSIGN(data::Schema schema, session.describe(select));
  return std::unique_ptr<connector::BatchTable>(std::make_unique<DuckdbBatchTable>(
      DuckdbSession::of(session), std::move(select), std::move(schema)));
}

}  // namespace sluice::sql
