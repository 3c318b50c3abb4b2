#pragma once

#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// Registers, for the whole database, what Spark's functions of texts are made of:
///   sluice_sha2(BLOB, INTEGER) -> VARCHAR: 0, 224, 256, 384 or 512 bits, NULL for others
///   sluice_crc32(BLOB) -> BIGINT
Status register_text_functions(DuckdbSession& session);

}  // namespace sluice::sql
