#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "base/time_zone.h"
#include "data/decoder.h"
#include "formats/encoder.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::formats {

class SchemaRegistry;

/// What a decoder may use of the pipeline that it is made for; outlives it.
struct Context {
  io::FileSystem& files;  ///< of this machine and of stores
  std::string topic{};    ///< the one that the source reads; "": none, or several
};

/// What an encoder is made for. The pointers outlive it.
struct EncoderContext {
  TimeZone zone{};                     ///< of times as they are shown
  io::FileSystem* files = nullptr;     ///< null: no option names a file
  SchemaRegistry* registry = nullptr;  ///< of the options `registry` ...; null: not given
  std::string topic{};                 ///< "": none
};

/// A format by its key in a pipeline file (`format: {json: {...}}`): options and factories. Each
/// that decodes has the options `schema` (columns and types; `text`, which has one column:
/// `column`) and `on_error` (dead_letter, null, fail); with `null` the decoder writes NULL for a
/// field that does not fit and rejects only records that are broken as a whole; telling dead_letter
/// from fail is the engine's. With
/// `tombstones: rows` it makes a row of NULLs of a record without a value.
struct FormatKind {
  std::string name;
  std::string text;  ///< one sentence for the reference page
  std::vector<OptionSpec> options;
  /// Null when records in this format are not decoded (raw). kUser errors carry the place of the
  /// option. REQUIRES: Options::validate() has accepted the options by the table above.
  std::function<Result<std::unique_ptr<data::Decoder>>(const Options&, const Context&)> make;

  // Of the other direction; make_encoder is null when rows are not written in this format.
  std::string value_text;  ///< one sentence for the reference page
  std::vector<OptionSpec> encoder_options;
  /// An encoder for rows of `schema`. kUser: a column that the format cannot hold.
  std::function<Result<std::unique_ptr<Encoder>>(const Options&, const data::Schema& schema,
                                                 const EncoderContext&)>
      make_encoder;
  /// The columns that fill the schema which the options name: for rows that have none of their own.
  /// Null: the format has no schema but that of the columns. kUser: the options name none.
  std::function<Result<data::Schema>(const Options&, const EncoderContext&)> written_columns{};
};

/// All formats, in order of name.
const std::vector<FormatKind>& all_formats();
const FormatKind* find_format(std::string_view name);

}  // namespace sluice::formats
