#include "formats/value_option.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "formats/schema_registry.h"

namespace sluice::formats {
namespace {

std::vector<std::string> names_of_written() {
  std::vector<std::string> names;
  for (const FormatKind& kind : all_formats()) {
    if (kind.make_encoder) names.push_back(kind.name);
  }
  return names;
}

Error unknown_format(const ConfigValue& place, const std::string& name) {
  const std::vector<std::string> names = names_of_written();
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) {
    hint = "; there are:";
    for (const std::string& known : names) hint += (&known == &names[0] ? " " : ", ") + known;
  }
  return place.error("values cannot be written as '" + name + "'" + hint);
}

}  // namespace

OptionSpec value_option(std::string text, std::string default_text) {
  OptionSpec spec;
  spec.name = "value";
  spec.type = OptionType::kAny;
  spec.text = std::move(text);
  spec.default_text = std::move(default_text);
  spec.example = "{csv: {delimiter: \";\"}}";
  spec.schema_json = R"({"$ref": "#/$defs/value"})";
  return spec;
}

Result<ValueFormat> ValueFormat::read(const ConfigValue& given, io::FileSystem& files,
                                      std::string topic) {
  ConfigValue options = ConfigValue::null(given.location());
  std::string name;
  if (given.shape() == ConfigValue::Shape::kScalar) {
    name = given.text();
  } else if (given.shape() == ConfigValue::Shape::kMap && given.entries().size() == 1) {
    name = given.entries()[0].key;
    options = given.entries()[0].value;
  } else {
    return given.error("'value' must be one format with its options, such as json or " +
                       std::string(R"({csv: {delimiter: ";"}})"));
  }
  const FormatKind* kind = find_format(name);
  if (kind == nullptr || !kind->make_encoder) return unknown_format(given, name);
  SLUICE_ASSIGN(Options read,
                Options::validate(kind->encoder_options, options, "the " + name + " value"));
  ValueFormat format(*kind, std::move(read), given.location());
  if (std::ranges::find(kind->encoder_options, "registry", &OptionSpec::name) !=
      kind->encoder_options.end()) {
    SLUICE_ASSIGN(format.registry_, make_schema_registry(format.options_));
  }
  format.context_.files = &files;
  format.context_.registry = format.registry_.get();
  format.context_.topic = std::move(topic);
  return format;
}

/// An encoder says which column; here it is known where the format was chosen.
Error ValueFormat::with_place(Error error) const {
  if (location_.line == 0 || error.kind() != Kind::kUser) return error;
  if (error.message().starts_with(location_.file)) return error;
  return ConfigValue::null(location_).error(error.message());
}

Result<data::Schema> ValueFormat::columns() const {
  if (!kind_->written_columns) {
    return with_place(user_error("the format " + name() +
                                 " has no schema that says what the columns of a row are; write "
                                 "avro or protobuf"));
  }
  auto columns = kind_->written_columns(options_, context_);
  if (!columns) return with_place(std::move(columns).error());
  return columns;
}

Result<std::unique_ptr<Encoder>> ValueFormat::make_encoder(const data::Schema& schema,
                                                           const TimeZone& zone) const {
  EncoderContext context = context_;
  context.zone = zone;
  auto made = kind_->make_encoder(options_, schema, context);
  if (!made) return with_place(std::move(made).error());
  return made;
}

}  // namespace sluice::formats
