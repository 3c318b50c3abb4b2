#include "sql/duckdb/database.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_error.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {
namespace {

class DuckdbDatabase final : public Database {
 public:
  explicit DuckdbDatabase(DatabaseHandle database) : database_(std::move(database)) {}

  Result<std::unique_ptr<Session>> connect() override {
    duckdb_connection raw = nullptr;
    if (duckdb_connect(database_.get(), &raw) != DuckDBSuccess) {
      return internal_error("no connection to the database can be opened");
    }
    return std::unique_ptr<Session>(std::make_unique<DuckdbSession>(ConnectionHandle(raw), facts_));
  }

 private:
  DatabaseHandle database_;
  std::shared_ptr<DatabaseFacts> facts_ = std::make_shared<DatabaseFacts>();
};

Status set(const ConfigHandle& config, const char* name, const std::string& value) {
  if (duckdb_set_config(config.get(), name, value.c_str()) == DuckDBSuccess) return {};
  return internal_error(std::string("DuckDB does not take the setting ") + name + "=" + value);
}

/// How large the log may become. An automatic checkpoint stops a commit for up to 250 ms; the
/// engine checkpoints when idle. But updated rows stay in memory, and cannot be spilled, until
/// then.
std::int64_t log_bytes(const DatabaseOptions& options) {
  constexpr std::int64_t kMost = 256'000'000;
  return options.memory_limit > 0 ? std::min(kMost, options.memory_limit / 8) : kMost;
}

Result<ConfigHandle> make_config(const DatabaseOptions& options) {
  duckdb_config raw = nullptr;
  if (duckdb_create_config(&raw) != DuckDBSuccess) {
    return internal_error("DuckDB makes no configuration");
  }
  ConfigHandle config(raw);
  if (options.threads > 0) SLUICE_TRY(set(config, "threads", std::to_string(options.threads)));
  if (options.memory_limit > 0) {
    SLUICE_TRY(set(config, "memory_limit", std::to_string(options.memory_limit) + "B"));
  }
  SLUICE_TRY(set(config, "temp_directory", options.temp_folder));
  if (options.read_only) SLUICE_TRY(set(config, "access_mode", "READ_ONLY"));
  SLUICE_TRY(set(config, "checkpoint_threshold", std::to_string(log_bytes(options)) + "B"));
  SLUICE_TRY(set(config, "autoinstall_known_extensions", "false"));
  SLUICE_TRY(set(config, "autoload_known_extensions", "false"));
  SLUICE_TRY(set(config, "allow_community_extensions", "false"));
  return config;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open_bare(const std::string& path,
                                                      const DatabaseOptions& options) {
  SLUICE_ASSIGN(const ConfigHandle config, make_config(options));
  duckdb_database raw = nullptr;
  char* message = nullptr;
  const duckdb_state state =
      duckdb_open_ext(path.empty() ? nullptr : path.c_str(), &raw, config.get(), &message);
  auto database = std::make_unique<DuckdbDatabase>(DatabaseHandle(raw));
  if (state != DuckDBSuccess) {
    return make_error(take_text(message)).with("open database path=" + path);
  }
  SLUICE_ASSIGN(const auto session, database->connect());
  SLUICE_TRY(session->execute("SET GLOBAL TimeZone = 'UTC'"));
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace sluice::sql
