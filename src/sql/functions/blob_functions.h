#pragma once

#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// Gives functions of DuckDB's that know text alone, or bytes alone, what Spark does with the
/// other:
///   length, len, char_length, character_length of a BLOB: its bytes; octet_length of a VARCHAR
///   substr, substring, left, reverse of a BLOB: a BLOB, by bytes
///   BLOB || VARCHAR and VARCHAR || BLOB: VARCHAR
///   base64, to_base64 of a VARCHAR; decode(BLOB, charset) and encode(VARCHAR, charset), of UTF-8
/// No call that DuckDB can bind itself means anything else with them. After register_text_casts.
Status register_blob_functions(DuckdbSession& session);

}  // namespace sluice::sql
