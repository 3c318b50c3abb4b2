#pragma once

#include <memory>

#include "base/options.h"
#include "data/type.h"
#include "formats/encoder.h"
#include "formats/registry.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// Rows as Protobuf messages of the type in a file, after the header of their schema's number where
/// a registry is named.
Result<std::unique_ptr<Encoder>> make_protobuf_encoder(const Options& options,
                                                       const data::Schema& schema,
                                                       const EncoderContext& context);

/// The fields of the message that the options name. kUser: they name none.
Result<data::Schema> protobuf_written_columns(const Options& options,
                                              const EncoderContext& context);

/// What the format writes, added to what it reads.
void add_protobuf_encoder(FormatKind& kind);

}  // namespace sluice::formats
