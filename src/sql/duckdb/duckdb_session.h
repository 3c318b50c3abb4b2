#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/duckdb/database.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

struct DatabaseFacts;

/// The only Session there is. The rest of this folder reaches DuckDB through it.
class DuckdbSession final : public Session {
 public:
  DuckdbSession(ConnectionHandle connection, std::shared_ptr<DatabaseFacts> facts)
      : connection_(std::move(connection)), facts_(std::move(facts)) {}

  /// Every Session comes from Database::connect(), hence is one of these.
  static DuckdbSession& of(Session& session) { return static_cast<DuckdbSession&>(session); }

  duckdb_connection connection() const { return connection_.get(); }

  /// Of the database; never null.
  const std::shared_ptr<DatabaseFacts>& facts() const { return facts_; }

  /// Runs one or several statements; the materialised result of the last.
  Result<ResultHandle> run(const std::string& sql);

  /// Starts a SELECT whose chunks are computed as they are fetched; the session runs nothing else
  /// until the result is gone. A null chunk is the end or an error: see check().
  Result<ResultHandle> stream(const std::string& select);

  /// The error that a result holds, if any.
  static Status check(duckdb_result* result);

  Result<Rows> query(const std::string& sql) override;
  using Session::execute;
  Status execute_with_bytes(const std::string& sql,
                            const std::vector<std::optional<std::string>>& parameters,
                            std::string_view bytes) override;
  Status execute(const std::string& sql,
                 const std::vector<std::optional<std::string>>& parameters) override;
  Result<std::optional<std::string>> call(const std::string& function,
                                          const std::string& argument) override;
  Result<data::Schema> describe(const std::string& select) override;
  void interrupt() override { duckdb_interrupt(connection_.get()); }

 private:
  Result<PreparedHandle> prepare(const std::string& sql);
  /// A statement with the types that its parameters are to have.
  struct Kept {
    PreparedHandle statement;
    std::vector<duckdb_type> types;
  };
  /// Prepared once for the session: planning costs most of what a small statement does. DuckDB
  /// plans it again for good once a parameter is of another type; a null has none, so `nulls` (of
  /// each parameter a letter) is a part of its name.
  Result<Kept*> kept(const std::string& sql, const std::string& nulls);
  /// `bytes`: one more parameter, the last.
  Status run_bound(const std::string& sql,
                   const std::vector<std::optional<std::string>>& parameters,
                   const std::optional<std::string_view>& bytes);
  /// The n-th parameter, `number`, from 0 on.
  static Status bind(const Kept& kept, std::size_t number, const std::optional<std::string>& text);

  ConnectionHandle connection_;
  std::shared_ptr<DatabaseFacts> facts_;         ///< shared with the database and its functions
  std::map<std::string, PreparedHandle> calls_;  ///< of call(), by function
  static constexpr std::size_t kKeptMax = 100;
  std::map<std::string, Kept> kept_;  ///< of execute(), by their SQL and nulls
};

}  // namespace sluice::sql
