#pragma once

#include <string>

#include "connector/batch_table.h"
#include "data/type.h"

namespace sluice::sql {

/// What to put behind `SELECT *` so that the values of these columns become the text that the file
/// should have; "" where DuckDB's own is it. CSV: long decimals, of which DuckDB takes its time to
/// make text. JSON lines: bytes, at any depth, become base64 as in Spark's to_json; DuckDB shows
/// some as they are and others as \x22, which nobody can read back.
std::string text_replacements(const connector::FileRequest& request, const data::Schema& schema);

/// SQL that gives `value`, SQL of this type, with base64 texts in the place of bytes.
std::string with_base64(const std::string& value, const data::Type& type);

}  // namespace sluice::sql
