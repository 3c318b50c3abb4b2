#pragma once

#include <memory>
#include <string>

#include "base/options.h"
#include "base/time_zone.h"
#include "data/type.h"
#include "formats/encoder.h"
#include "formats/registry.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// The option `value` of sinks that write records: one format with its options, as `json` or
/// `{csv: {delimiter: ";"}}`. `default_text`: of the option.
OptionSpec value_option(std::string text, std::string default_text);

/// A format to write values in, and its options.
class ValueFormat {
 public:
  /// Reads the option of a sink that writes to `topic` ("": to none). `files` outlives the object.
  /// kUser errors carry its place: no such format, an option that it lacks.
  static Result<ValueFormat> read(const ConfigValue& given, io::FileSystem& files,
                                  std::string topic = "");

  const std::string& name() const { return kind_->name; }

  /// The columns that fill the schema which the options name (FormatKind::written_columns). kUser,
  /// with the option's place: they name none.
  Result<data::Schema> columns() const;

  /// kUser, with the option's place: a column that the format cannot hold.
  Result<std::unique_ptr<Encoder>> make_encoder(const data::Schema& schema,
                                                const TimeZone& zone) const;

 private:
  ValueFormat(const FormatKind& kind, Options options, Location location)
      : kind_(&kind), options_(std::move(options)), location_(std::move(location)) {}
  Error with_place(Error error) const;

  const FormatKind* kind_;
  Options options_;
  Location location_;
  EncoderContext context_;
  std::shared_ptr<SchemaRegistry> registry_;  ///< of all copies; null: the options name none
};

}  // namespace sluice::formats
