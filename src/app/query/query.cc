#include "sluice/query.h"

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "app/composition/composition.h"
#include "app/composition/scratch_folder.h"
#include "app/composition/state_copy.h"
#include "app/composition/stores.h"
#include "base/border.h"
#include "base/nearest.h"
#include "base/random.h"
#include "connector/local_copies.h"
#include "connectors/console/show_table.h"
#include "formats/json_encoder.h"
#include "formats/shown_row.h"
#include "io/packed_file.h"
#include "io/spool.h"
#include "io/unpacked_file.h"
#include "sql/files/text_replacements.h"
#include "sql/functions/open_database.h"
#include "sql/scan/broken_file.h"
#include "sql/scan/parquet_select.h"
#include "sql/scan/path_literal.h"
#include "sql/scan/scan.h"
#include "sql/spark/spark_query.h"
#include "sql/tree/query_tables.h"

namespace sluice {
namespace {

using data::quote_literal;

constexpr std::size_t kWriteBytes = 1 << 20;

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings) {
    if (text.ends_with(ending)) return true;
  }
  return false;
}

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != path.npos; }

ConfigValue::Entry entry(const std::string& key, const std::string& text) {
  return {key, {}, ConfigValue::scalar(text, /*quoted=*/true, {})};
}

class Query {
 public:
  explicit Query(const QueryRequest& request)
      : request_(request),
        files_(app::make_file_system()),
        spool_(*files_, scratch_.path() + "/spool"),
        context_{"query", "query", clock_, random_, *files_, &spool_},
        copies_(context_) {}

  Result<std::uint64_t> run(const std::function<void(std::string_view)>& write,
                            std::stop_token stop) {
    if (request_.format == QueryFormat::kParquet && request_.output.empty()) {
      return user_error("Parquet goes into a file: say which with --output");
    }
    SLUICE_TRY(open());
    const std::stop_callback interrupt(std::move(stop), [this] { session_->interrupt(); });
    SLUICE_TRY(sql::define_delta_functions(*session_));
    SLUICE_ASSIGN(const auto tables, sql::query_tables(*session_, request_.sql));
    for (const sql::QueryTable& table : tables) SLUICE_TRY(define(table));
    SLUICE_ASSIGN(sql_, sql::with_spark_functions(*session_, request_.sql));
    auto rows = request_.format == QueryFormat::kTable ? show(write) : copy(write);
    if (!rows) return named(std::move(rows).error());
    return rows;
  }

 private:
  Status open() {
    if (!has_scratch_) return has_scratch_.error().clone();
    std::string path;
    if (!request_.checkpoint.empty()) {
      SLUICE_ASSIGN(path, app::copy_state(request_.checkpoint, scratch_.path()));
    }
    sql::DatabaseOptions options;
    options.temp_folder = scratch_.path();
    SLUICE_ASSIGN(database_, sql::open_database(path, options));
    SLUICE_ASSIGN(session_, database_->connect());
    // SHOW TABLES lists what the search path has; main comes first for what the query names itself.
    return path.empty() ? Status()
                        : session_->execute(
                              "CREATE SCHEMA IF NOT EXISTS state; "
                              "SET search_path = 'main,state'");
  }

  Status define(const sql::QueryTable& table) {
    if (table.is_delta) return define_rows(table, "delta");
    const bool is_url = table.path.find("://") != std::string::npos;
    if (is_url) SLUICE_TRY(files_->check_path(table.path));
    SLUICE_ASSIGN(const auto there, files_->find(table.path));
    // A name of SQL's own, or a pattern, which DuckDB looks for.
    if (!there && !is_url) return check_name(table.path);
    if (!there || there->is_folder) {
      SLUICE_ASSIGN(const auto log, files_->find(io::join_path(table.path, "_delta_log")));
      return define_rows(table, log ? "delta" : "parquet");
    }
    if (is_url) return define_copy(table, *there);
    note_file(table.path);
    // DuckDB would look for what the name matches.
    return is_pattern(table.path) ? define_file(table, table.path) : Status();
  }

  /// What looks like a path and is none would get DuckDB's advice for a table's name.
  Status check_name(const std::string& name) const {
    if (is_pattern(name)) return {};
    const std::size_t slash = name.rfind('/');
    const bool is_path = slash != std::string::npos ||
                         ends_with_any(name, {".parquet", ".csv", ".tsv", ".txt", ".json", ".jsonl",
                                              ".ndjson", ".gz", ".zst"});
    if (!is_path) return {};
    const std::string folder = slash == std::string::npos ? "." : name.substr(0, slash);
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const std::string sibling = entry.path().filename().string();
      names.push_back(slash == std::string::npos ? sibling : folder + "/" + sibling);
    }
    return user_error("there is no file or folder " + quote_literal(name) +
                      did_you_mean(name, names));
  }

  /// An error of the query that a file caused names the file.
  Error named(Error error) {
    for (const data::ParquetRows& rows : read_) {
      error = sql::name_broken_file(*session_, rows, std::move(error));
    }
    return error;
  }

  /// A Parquet file that DuckDB reads by itself.
  void note_file(const std::string& path) {
    if (!path.ends_with(".parquet")) return;
    read_.emplace_back().files.push_back({.path = path});
  }

  /// A table that pipelines can read in full.
  Status define_rows(const sql::QueryTable& table, const std::string& kind_name) {
    const connector::TableKind* kind = registry_.table(kind_name);
    std::vector<ConfigValue::Entry> given = {entry("path", table.path)};
    if (table.version) given.push_back(entry("version", std::to_string(*table.version)));
    if (table.as_of) given.push_back(entry("timestamp", *table.as_of));
    SLUICE_ASSIGN(const Options options,
                  Options::validate(kind->options, ConfigValue::map(std::move(given), {}),
                                    "a " + kind_name + " table"));
    SLUICE_ASSIGN(auto rows, kind->make(options, context_));
    SLUICE_ASSIGN(const auto version, rows->newest());
    held_.push_back(std::move(rows));
    auto defined = [&]() -> Status {
      SLUICE_ASSIGN(const std::string select, sql::parquet_select(*session_, version));
      return sql::define_query_table(*session_, table.name(), select);
    }();
    if (!defined) return sql::name_broken_file(*session_, version, std::move(defined).error());
    read_.push_back(version);
    return {};
  }

  /// One file of a store.
  Status define_copy(const sql::QueryTable& table, const io::FileInfo& file) {
    SLUICE_ASSIGN(const std::string path, copies_.add(table.path, file.bytes, file.modified));
    return define_file(table, path);
  }

  /// Reads the file at `path` of this machine, by the ending of the table's.
  Status define_file(const sql::QueryTable& table, const std::string& path) {
    std::string_view name = table.path;
    if (io::packing_of(name)) name = name.substr(0, name.rfind('.'));
    const char* reader = "read_parquet";
    if (ends_with_any(name, {".csv", ".tsv", ".txt"})) reader = "read_csv";
    if (ends_with_any(name, {".json", ".jsonl", ".ndjson"})) reader = "read_json";
    return sql::define_query_table(
        *session_, table.name(),
        "SELECT * FROM " + std::string(reader) + "(" + sql::path_literal(path) + ")");
  }

  Result<std::uint64_t> show(const std::function<void(std::string_view)>& write) {
    SLUICE_ASSIGN(const auto rows, sql::make_batch_table(*session_, sql_));
    std::vector<std::string> names;
    for (const data::Field& field : rows->schema().fields()) names.push_back(field.name);
    connectors::ShowTable table(names, {.truncate = 0});
    formats::ShownRow shown(connector::chunk_schema(rows->schema()), rows->zone());
    std::uint64_t count = 0;
    SLUICE_TRY(rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows && table.rows() < request_.rows_max; ++row) {
        table.add_row(shown.at(chunk.columns, row));
      }
      count += chunk.rows;
      return true;
    }));
    std::string text = table.text(count > request_.rows_max);
    if (!text.ends_with('\n')) text += '\n';
    if (request_.output.empty()) {
      write(text);
    } else {
      SLUICE_TRY(files_->write_atomic(request_.output, text));
    }
    return count;
  }

  Result<std::uint64_t> copy(const std::function<void(std::string_view)>& write) {
    const std::string to = request_.output.empty() ? scratch_.path() + "/result" : request_.output;
    const std::string select = sql_.substr(0, sql_.find_last_not_of("; \t\r\n") + 1);
    // Named before it runs, so that errors are shown under the user's own text.
    SLUICE_ASSIGN(const data::Schema schema, session_->describe(select));
    // COPY takes no SHOW, DESCRIBE or SUMMARIZE, but a SELECT from one.
    std::string rows = "SELECT * FROM (" + select + "\n)";
    std::uint64_t count = 0;
    if (request_.format == QueryFormat::kJson) {
      SLUICE_ASSIGN(count, write_json(rows, to));
    } else {
      std::string options = "FORMAT parquet, COMPRESSION zstd";
      if (request_.format == QueryFormat::kCsv) {
        rows = sql::csv_rows(rows, schema);
        options = "FORMAT csv, HEADER";
      }
      SLUICE_ASSIGN(const auto copied, session_->value("COPY (" + rows + "\n) TO " +
                                                       quote_literal(to) + " (" + options + ")"));
      count = std::stoull(copied.value_or("0"));
    }
    if (request_.output.empty()) {
      std::ifstream file(to, std::ios::binary);
      std::string block(kWriteBytes, '\0');
      while (file.read(block.data(), static_cast<std::streamsize>(block.size())) ||
             file.gcount() > 0) {
        write({block.data(), static_cast<std::size_t>(file.gcount())});
      }
    }
    return count;
  }

  /// The rows of `select` as JSON lines in the file `path`, which until the end is what it was.
  Result<std::uint64_t> write_json(const std::string& select, const std::string& path) {
    SLUICE_ASSIGN(const auto rows, sql::make_batch_table(*session_, select));
    SLUICE_ASSIGN(const auto encoder,
                  formats::make_json_encoder(connector::chunk_schema(rows->schema()),
                                             formats::JsonForm::kLines, rows->zone()));
    std::error_code failure;
    const bool is_new = !std::filesystem::exists(path, failure);
    const std::string unfinished =
        is_new || std::filesystem::is_regular_file(path, failure) ? path + ".unfinished" : path;
    auto written = [&]() -> Result<std::uint64_t> {
      SLUICE_ASSIGN(const auto file, io::PackedFile::create(unfinished, io::packing_of(path)));
      std::uint64_t count = 0;
      std::string lines;
      const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
        for (std::size_t row = 0; row < chunk.rows; ++row) {
          SLUICE_TRY(encoder->append(chunk.columns, row, lines));
          lines += '\n';
        }
        count += chunk.rows;
        SLUICE_TRY(file->write(lines));
        lines.clear();
        return true;
      };
      SLUICE_TRY(rows->read_chunks({}, add));
      SLUICE_TRY(file->finish());
      return count;
    }();
    if (unfinished == path) return written;
    if (written) {
      std::filesystem::rename(unfinished, path, failure);
      if (failure) return user_error("rename path=" + path + ": " + failure.message());
    } else {
      std::filesystem::remove(unfinished, failure);
    }
    return written;
  }

  const QueryRequest& request_;
  std::string sql_;  ///< the request's, as DuckDB runs it
  app::ScratchFolder scratch_;
  const Status has_scratch_ = scratch_.make();
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_;
  io::Spool spool_;
  connector::Registry registry_ = app::all_connectors();
  connector::Context context_;
  connector::LocalCopies copies_;
  std::vector<std::unique_ptr<connector::StaticTable>> held_;  // with their copies of files
  std::vector<data::ParquetRows> read_;                        // by the tables of the query
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
};

}  // namespace

Result<std::uint64_t> query(const QueryRequest& request,
                            const std::function<void(std::string_view)>& write,
                            std::stop_token stop) {
  return at_border("run the query", [&]() -> Result<std::uint64_t> {
    return Query(request).run(write, std::move(stop));
  });
}

}  // namespace sluice
