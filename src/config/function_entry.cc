#include "config/function_entry.h"

#include <utility>

#include "base/ascii_text.h"
#include "base/options.h"
#include "config/keys.h"
#include "config/names.h"

namespace sluice::config {
namespace {

using Shape = ConfigValue::Shape;

Status add_argument(FunctionEntry& made, FunctionEntry::Argument argument) {
  const ConfigValue at = ConfigValue::null(argument.location);
  if (!is_identifier(argument.name)) {
    return at.error("the argument '" + argument.name + "' of function '" + made.name +
                    "' is not an identifier; use letters, digits and '_'");
  }
  for (const FunctionEntry::Argument& other : made.arguments) {
    if (lower_case(other.name) != lower_case(argument.name)) continue;
    return at.error("function '" + made.name + "' has two arguments '" + argument.name + "'");
  }
  made.arguments.push_back(std::move(argument));
  return {};
}

Status read_arguments(const ConfigValue& args, FunctionEntry& made) {
  const std::string shapes =
      "'args' of function '" + made.name +
      "' must be a list of names such as [price, rate], or a map of name to type such as "
      "{price: DECIMAL(18,2)}";
  if (args.shape() != Shape::kList && args.shape() != Shape::kMap) return args.error(shapes);
  for (const ConfigValue& item : args.items()) {
    if (item.shape() != Shape::kScalar) return item.error(shapes);
    SLUICE_TRY(
        add_argument(made, {item.text(), item.location(), ConfigValue::null(item.location())}));
  }
  for (const ConfigValue::Entry& entry : args.entries()) {
    if (entry.value.shape() != Shape::kScalar) return entry.value.error(shapes);
    SLUICE_TRY(add_argument(made, {entry.key, entry.key_location, entry.value}));
  }
  return {};
}

/// FILE or FILE:NAME, where the function has another name there.
Status read_file(const Options& options, FunctionEntry& made) {
  const bool is_python = made.language == "python";
  const std::string ending = is_python ? ".py" : ".so";
  const ConfigValue& value = options.value(made.language);
  made.file = value.text();
  made.calls = made.name;
  const std::size_t colon = made.file.rfind(':');
  if (colon != std::string::npos && made.file.substr(0, colon).ends_with(ending)) {
    made.calls = made.file.substr(colon + 1);
    made.file.resize(colon);
  }
  if (!made.file.ends_with(ending) || !is_identifier(made.calls)) {
    const std::string example = is_python ? "model.py" : "libgeo.so";
    return value.error("'" + made.language + "' of function '" + made.name + "' must be a " +
                       (is_python ? "file of Python" : "shared library") +
                       ", and perhaps the function in it: " + example + " or " + example +
                       ":score");
  }
  const std::string subject = "function '" + made.name + "' is not SQL's, so ";
  for (const FunctionEntry::Argument& argument : made.arguments) {
    if (argument.type.shape() == Shape::kScalar) continue;
    return ConfigValue::null(argument.location)
        .error(subject + "its arguments need types: args: {" + argument.name + ": VARCHAR}");
  }
  if (made.returns.shape() == Shape::kScalar) return {};
  return value.error(subject + "it needs the type of what it gives: returns: DOUBLE");
}

}  // namespace

Result<FunctionEntry> read_function(const ConfigValue::Entry& entry, const SourceText& source) {
  FunctionEntry made;
  made.name = entry.key;
  made.location = entry.key_location;
  const std::string subject = "function '" + entry.key + "'";
  const ConfigValue at = ConfigValue::null(entry.key_location);
  if (entry.value.shape() != Shape::kMap) {
    return at.error(subject + " must be a map such as {args: [price, rate], sql: price * rate}");
  }
  SLUICE_ASSIGN(const Options options, Options::validate(function_keys(), entry.value, subject));
  for (const char* language : {"sql", "python", "library"}) {
    if (!options.has(language)) continue;
    if (!made.language.empty()) {
      return at.error(subject + " has both '" + made.language + "' and '" + language +
                      "'; keep one of the two");
    }
    made.language = language;
  }
  if (made.language.empty()) {
    return at.error(subject + " needs 'sql: EXPRESSION', 'python: FILE.py' or 'library: FILE.so'");
  }
  made.returns = options.has("returns") ? options.value("returns") : ConfigValue::null({});
  if (options.has("args")) SLUICE_TRY(read_arguments(options.value("args"), made));
  if (made.language != "sql") {
    SLUICE_TRY(read_file(options, made));
    return made;
  }
  const ConfigValue& text = options.value("sql");
  if (text.text().find_first_not_of(" \t\r\n") == std::string::npos) {
    return text.error("the text of " + subject + " is empty");
  }
  SLUICE_ASSIGN(made.sql, read_sql(text, source));
  return made;
}

}  // namespace sluice::config
