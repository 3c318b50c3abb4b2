#include "app/plan/options_json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/secret_name.h"
#include "data/type.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;

/// The JSON of one table of options.
class Writer {
 public:
  Writer(const config::PipelineFile& file, bool with_secrets)
      : file_(file), with_secrets_(with_secrets) {}

  void add(const OptionSpec& spec, const Options& options) {
    const ConfigValue& value = options.value(spec.name);
    const bool is_secret = note(spec.name, value, spec.type == OptionType::kSecret);
    options_[spec.name] =
        is_secret && !with_secrets_ ? OrderedJson("***") : typed(spec, options, value);
  }
  void add_place(const std::string& name, const Location& location) {
    given_[name] = place_json(location);
  }
  OrderedJson take() {
    return {{"options", std::move(options_)},
            {"given", std::move(given_)},
            {"written", std::move(written_)},
            {"secrets", std::move(secrets_)}};
  }

 private:
  OrderedJson typed(const OptionSpec& spec, const Options& options, const ConfigValue& value) {
    switch (spec.type) {
      case OptionType::kBoolean:
        return options.boolean(spec.name);
      case OptionType::kInteger:
      case OptionType::kDuration:
      case OptionType::kByteSize:
        return options.integer(spec.name);
      case OptionType::kDouble:
        return options.number(spec.name);
      case OptionType::kText:
      case OptionType::kPath:
      case OptionType::kChoice:
        return options.text(spec.name);
      case OptionType::kSecret:
        return options.secret(spec.name).reveal();
      case OptionType::kTextList:
        return texts(spec.name, options.text_list(spec.name), value);
      case OptionType::kTextMap:
        return entries(spec.name, value, /*as_text=*/true);
      case OptionType::kSchema:
        return columns(value);
      case OptionType::kAny:
        return any(spec.name, value, /*as_text=*/false);
    }
    return nullptr;
  }

  OrderedJson texts(const std::string& path, const std::vector<std::string>& values,
                    const ConfigValue& value) {
    OrderedJson list = OrderedJson::array();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool is_item = value.shape() == Shape::kList && i < value.items().size();
      const bool is_secret =
          is_item && note(path + "." + std::to_string(i), value.items()[i], /*is_secret=*/false);
      list.push_back(is_secret && !with_secrets_ ? "***" : values[i]);
    }
    return list;
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
  OrderedJson entries(const std::string& path, const ConfigValue& value, bool as_text) {
    OrderedJson map = OrderedJson::object();
    for (const ConfigValue::Entry& entry : value.entries()) {
      const std::string below = path + "." + entry.key;
      const bool is_scalar = entry.value.shape() == Shape::kScalar;
      const bool is_secret = is_scalar && note(below, entry.value, names_a_secret(entry.key));
      map[entry.key] =
          is_secret && !with_secrets_ ? OrderedJson("***") : any(below, entry.value, as_text);
    }
    return map;
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
  OrderedJson any(const std::string& path, const ConfigValue& value, bool as_text) {
    switch (value.shape()) {
      case Shape::kNull:
        return nullptr;
      case Shape::kScalar:
        return as_text || value.quoted() ? OrderedJson(value.text()) : scalar(value.text());
      case Shape::kMap:
        return entries(path, value, as_text);
      case Shape::kList:
        break;
    }
    OrderedJson list = OrderedJson::array();
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const std::string below = path + "." + std::to_string(i);
      const ConfigValue& item = value.items()[i];
      const bool is_secret =
          item.shape() == Shape::kScalar && note(below, item, /*is_secret=*/false);
      list.push_back(is_secret && !with_secrets_ ? OrderedJson("***") : any(below, item, as_text));
    }
    return list;
  }

  /// What a scalar without quotes is: a number, true, false, or text.
  static OrderedJson scalar(const std::string& text) {
    OrderedJson value = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_number() || value.is_boolean() || (value.is_null() && text == "null")) {
      return value;
    }
    return text;
  }

  static OrderedJson columns(const ConfigValue& value) {
    OrderedJson list = OrderedJson::array();
    for (const ConfigValue::Entry& entry : value.entries()) {
      const auto type = data::Type::parse(entry.value.text());
      list.push_back(
          {{"name", entry.key}, {"type", type ? type->to_string() : entry.value.text()}});
    }
    return list;
  }

  /// Of a secret's text only the variable, without what stands for it where it is not set.
  static std::string without_default(const std::string& text) {
    const bool is_variable = text.starts_with("${") && text.find('}') == text.size() - 1;
    if (!is_variable) return "***";
    const std::size_t end = text.find(":-");
    return end == std::string::npos ? text : text.substr(0, end) + "}";
  }

  /// Notes what the file has in the place of the value; whether nobody may see it.
  bool note(const std::string& path, const ConfigValue& value, bool is_secret) {
    is_secret = is_secret || value.secret();
    const auto written = file_.written.find({value.location().line, value.location().column});
    if (written != file_.written.end() && value.shape() == Shape::kScalar) {
      is_secret = is_secret || written->second.is_secret;
      const std::string& text = written->second.text;
      written_[path] = is_secret && !with_secrets_ ? without_default(text) : text;
    }
    if (is_secret) secrets_.push_back(path);
    return is_secret;
  }

  const config::PipelineFile& file_;
  const bool with_secrets_;
  OrderedJson options_ = OrderedJson::object();
  OrderedJson given_ = OrderedJson::object();
  OrderedJson written_ = OrderedJson::object();
  OrderedJson secrets_ = OrderedJson::array();
};

}  // namespace

OrderedJson place_json(const Location& location) { return {location.line, location.column}; }

Result<OrderedJson> OptionsJson::of(const std::vector<OptionSpec>& specs,
                                    const ConfigValue& given) const {
  std::vector<ConfigValue::Entry> known;
  Writer writer(file, with_secrets);
  for (const ConfigValue::Entry& entry : given.entries()) {
    if (std::ranges::find(specs, entry.key, &OptionSpec::name) == specs.end()) continue;
    known.push_back(entry);
    writer.add_place(entry.key,
                     entry.value.location().line > 0 ? entry.value.location() : entry.key_location);
  }
  SLUICE_ASSIGN(const Options options,
                Options::validate(specs, ConfigValue::map(std::move(known), given.location()), ""));
  for (const OptionSpec& spec : specs) {
    if (options.has(spec.name)) writer.add(spec, options);
  }
  return writer.take();
}

}  // namespace sluice::app
