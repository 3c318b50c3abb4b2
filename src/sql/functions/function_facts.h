#pragma once

#include <memory>

#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {

/// What a function that follows the database's zone has as its `extra`.
using Facts = std::shared_ptr<DatabaseFacts>;

/// The zone of the database whose function is called.
inline std::shared_ptr<const TimeZone> zone_of(duckdb_function_info info) {
  return (*static_cast<Facts*>(duckdb_scalar_function_get_extra_info(info)))->zone.get();
}

/// Their `delete_extra`.
inline void delete_facts(void* facts) { delete static_cast<Facts*>(facts); }

}  // namespace sluice::sql
