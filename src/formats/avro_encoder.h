#pragma once

#include <memory>
#include <string>

#include "base/options.h"
#include "data/type.h"
#include "formats/encoder.h"
#include "formats/registry.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// The schema (JSON) of a record with a field for each column, each of which may be null: of
/// TIMESTAMPTZ timestamp-micros, of TIMESTAMP local-timestamp-micros, of HUGEINT and UBIGINT
/// decimals. `record`: its full name. kUser: a column that Avro has no name or type for.
Result<std::string> avro_schema_of(const data::Schema& schema, const std::string& record);

/// Rows as Avro values, after the header of their schema's number where a registry is named.
Result<std::unique_ptr<Encoder>> make_avro_encoder(const Options& options,
                                                   const data::Schema& schema,
                                                   const EncoderContext& context);

/// The fields of the schema that the options name. kUser: they name none.
Result<data::Schema> avro_written_columns(const Options& options, const EncoderContext& context);

/// What the format writes, added to what it reads.
void add_avro_encoder(FormatKind& kind);

}  // namespace sluice::formats
