#pragma once

#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// Makes a BLOB and a VARCHAR each other's bytes, for the whole database, as in Spark: a BLOB cast
/// to text is its UTF-8 (what is not UTF-8 becomes U+FFFD), a text cast to BLOB its bytes. DuckDB's
/// own casts write and read \x41. Where a function takes text alone, a BLOB is cast without a word.
Status register_text_casts(DuckdbSession& session);

}  // namespace sluice::sql
