#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "sql/duckdb/session_zone.h"

namespace sluice::sql {

class Macros;

/// What the sessions of a database share, and the functions that it has registered. Any thread.
struct DatabaseFacts {
  SessionZone zone;
  /// The pipeline file's own functions of SQL (sql/udf/macros.h); null: none. Set before SQL is
  /// planned.
  std::shared_ptr<const Macros> macros;

  std::mutex mutex;                     ///< guards what follows
  std::set<std::string> made_to_order;  ///< functions that exist for a schema (json_functions.h)
};

}  // namespace sluice::sql
