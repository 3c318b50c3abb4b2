#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "app/composition/scratch_folder.h"
#include "app/composition/stores.h"
#include "base/border.h"
#include "base/clock.h"
#include "base/percent_text.h"
#include "base/random.h"
#include "connector/local_copies.h"
#include "connector/parquet_footer.h"
#include "connectors/delta/delta_sink_options.h"
#include "data/parquet_rows.h"
#include "io/file_system.h"
#include "io/put_if_absent.h"
#include "io/spool.h"
#include "lake/delta_schema.h"
#include "lake/log_actions.h"
#include "lake/table.h"
#include "sluice/delta.h"
#include "sql/functions/open_database.h"
#include "sql/scan/parquet_select.h"

namespace sluice {
namespace {

constexpr std::string_view kNullFolder = "__HIVE_DEFAULT_PARTITION__";

Result<data::Schema> read_columns(sql::Session& session, const std::string& columns) {
  if (auto made = session.execute("CREATE TEMP TABLE sluice_columns (" + columns + ")"); !made) {
    return user_error("columns '" + columns + "': " + made.error().message() +
                      "; write them as in SQL: id BIGINT, day DATE");
  }
  return session.describe("SELECT * FROM sluice_columns");
}

/// A folder that can become a table; its files by path, without what is hidden.
Result<std::vector<io::FileInfo>> free_folder(io::FileSystem& files, const std::string& path) {
  SLUICE_TRY(files.check_path(path));
  const std::string log = io::join_path(path, "_delta_log");
  SLUICE_TRY(files.make_folders(log));
  SystemRandom random;
  SLUICE_TRY(io::check_put_if_absent(files, log, random));
  SLUICE_ASSIGN(const io::StoreAddress address, files.address(path));
  SLUICE_ASSIGN(lake::Table table, lake::Table::open(address, connectors::kDeltaEngine));
  SLUICE_ASSIGN(const bool there, table.refresh());
  if (there) return user_error("there is a Delta table already: path=" + path);
  SLUICE_ASSIGN(std::vector<io::FileInfo> found, files.list(path, true));
  std::erase_if(found, [&path](const io::FileInfo& file) {
    const std::string relative = file.path.substr(path.size() + 1);
    return file.is_folder || relative.starts_with('_') || relative.starts_with('.') ||
           io::file_name(relative).starts_with('_') || io::file_name(relative).starts_with('.');
  });
  std::ranges::sort(found, {}, &io::FileInfo::path);
  return found;
}

Status put_entry_0(io::FileSystem& files, const std::string& path,
                   lake::TableDefinition definition) {
  SystemRandom random;
  const SystemClock clock;
  definition.id = random.uuid();
  definition.engine = connectors::kDeltaEngine;
  definition.created = clock.now();
  SLUICE_TRY(lake::check_partition_columns(definition.schema, definition.partition_by));
  SLUICE_ASSIGN(const std::string entry, lake::initial_entry(definition));
  SLUICE_ASSIGN(const io::StoreAddress address, files.address(path));
  SLUICE_ASSIGN(lake::Table table, lake::Table::open(address, connectors::kDeltaEngine));
  SLUICE_ASSIGN(const bool created, table.create(entry));
  if (!created) return user_error("there is a Delta table already: path=" + path);
  return {};
}

/// `k=v` folders on the way to a file, as Hive names them.
std::map<std::string, std::optional<std::string>> folder_values(const std::string& relative) {
  std::map<std::string, std::optional<std::string>> values;
  std::size_t start = 0;
  for (std::size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', start)) {
    const std::string part = relative.substr(start, slash - start);
    start = slash + 1;
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    const std::string value = percent_decoded(part.substr(equals + 1));
    values[percent_decoded(part.substr(0, equals))] =
        value == kNullFolder ? std::nullopt : std::optional(value);
  }
  return values;
}

class Converter {
 public:
  Converter(sql::Session& session, const connector::Context& context, const std::string& path,
            const DeltaCreate& options)
      : session_(session), context_(context), path_(path), options_(options) {}

  Result<lake::TableDefinition> convert(const std::vector<io::FileInfo>& files) {
    SLUICE_TRY(take_files(files));
    lake::TableDefinition definition;
    if (options_.columns.empty()) {
      // Of a store they are fetched: each may have columns, or wider types, that no other has.
      connector::LocalCopies copies(context_);
      std::vector<std::uint64_t> sizes;
      for (const io::FileInfo& file : files) sizes.push_back(file.bytes);
      SLUICE_TRY(copies.add_all(rows_.files, sizes));
      SLUICE_ASSIGN(const std::string select, sql::parquet_select(session_, rows_));
      SLUICE_ASSIGN(definition.schema, session_.describe(select));
    } else {
      SLUICE_ASSIGN(definition.schema, read_columns(session_, options_.columns));
    }
    definition.partition_by = options_.partition_by;
    definition.configuration = options_.properties;
    definition.operation = "CONVERT";
    for (std::size_t i = 0; i < files.size(); ++i) {
      SLUICE_ASSIGN(const auto footer,
                    connector::read_parquet_footer(context_.files, files[i].path, files[i].bytes));
      if (!footer) {
        return user_error("the file has no footer; is it still being written? file=" +
                          files[i].path);
      }
      lake::NewFile file;
      file.path = files[i].path.substr(path_.size() + 1);
      file.bytes = files[i].bytes;
      file.rows = footer->rows;
      file.modified = files[i].modified;
      file.partition_values = rows_.files[i].partition_values;
      SLUICE_ASSIGN(std::string add, lake::add_action(file, definition.schema));
      definition.adds.push_back(std::move(add));
    }
    return definition;
  }

 private:
  Status take_files(const std::vector<io::FileInfo>& files) {
    for (const io::FileInfo& found : files) {
      if (!found.path.ends_with(".parquet")) {
        return user_error("the folder has a file that is not Parquet: " + found.path);
      }
      data::ParquetFile file;
      file.path = found.path;
      file.partition_values = folder_values(found.path.substr(path_.size() + 1));
      for (const auto& [name, value] : file.partition_values) {
        if (std::ranges::find(options_.partition_by, name) != options_.partition_by.end()) continue;
        return user_error("the file " + found.path + " lies in a folder " + name +
                          "=..., but the table is not partitioned by it; add it to "
                          "--partition-by");
      }
      if (file.partition_values.size() != options_.partition_by.size()) {
        return user_error("the file " + found.path +
                          " is not in a folder NAME=VALUE for each --partition-by column");
      }
      rows_.files.push_back(std::move(file));
    }
    if (rows_.files.empty()) return user_error("there is no Parquet file in the folder: " + path_);
    return {};
  }

  sql::Session& session_;
  const connector::Context& context_;
  const std::string& path_;
  const DeltaCreate& options_;
  data::ParquetRows rows_;
};

}  // namespace

Status create_delta(const std::string& given, const DeltaCreate& options) {
  return at_border("create the Delta table", [&]() -> Status {
    const std::string path = app::without_slashes(given);
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(const auto found, free_folder(*files, path));
    if (!found.empty()) {
      return user_error("the folder is not empty: " + found.front().path +
                        "; to make a table of Parquet files, use convert");
    }
    SLUICE_ASSIGN(const auto database, sql::open_database("", {.threads = 1}));
    SLUICE_ASSIGN(const auto session, database->connect());
    lake::TableDefinition definition;
    SLUICE_ASSIGN(definition.schema, read_columns(*session, options.columns));
    definition.partition_by = options.partition_by;
    definition.configuration = options.properties;
    return put_entry_0(*files, path, std::move(definition));
  });
}

Result<std::int64_t> convert_to_delta(const std::string& given, const DeltaCreate& options) {
  return at_border("convert to a Delta table", [&]() -> Result<std::int64_t> {
    const std::string path = app::without_slashes(given);
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(const auto found, free_folder(*files, path));
    const SystemClock clock;
    SystemRandom random;
    app::ScratchFolder scratch;
    SLUICE_TRY(scratch.make());
    io::Spool spool(*files, scratch.path() + "/spool");
    const connector::Context context{"delta", "convert", clock, random, *files, &spool};
    SLUICE_ASSIGN(const auto database, sql::open_database("", {.threads = 1}));
    SLUICE_ASSIGN(const auto session, database->connect());
    SLUICE_ASSIGN(lake::TableDefinition definition,
                  Converter(*session, context, path, options).convert(found));
    SLUICE_TRY(put_entry_0(*files, path, std::move(definition)));
    return static_cast<std::int64_t>(found.size());
  });
}

}  // namespace sluice
