#include "formats/json_parts.h"

#include <utility>

#include <simdjson.h>

namespace sluice::formats {
namespace {

namespace ondemand = simdjson::ondemand;

/// In the library's words, without its name for it and its advice.
Error no_json(simdjson::error_code code) {
  std::string_view words = simdjson::error_message(code);
  if (const std::size_t name = words.find(": "); name != std::string_view::npos) {
    words.remove_prefix(name + 2);
  }
  words = words.substr(0, words.find(". "));
  return {Kind::kData, "it is not JSON: " + std::string(words)};
}

Error not_there(std::string_view pointer) {
  return {Kind::kData, pointer.empty() ? std::string("it is neither an array nor an object")
                                       : "it has no array or object at " + std::string(pointer)};
}

/// Whether `code` says that a pointer leads to nothing, in a document that may be fine.
bool leads_nowhere(simdjson::error_code code) {
  return code == simdjson::NO_SUCH_FIELD || code == simdjson::INDEX_OUT_OF_BOUNDS ||
         code == simdjson::INCORRECT_TYPE || code == simdjson::INVALID_JSON_POINTER ||
         code == simdjson::SCALAR_DOCUMENT_AS_VALUE;
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

struct JsonParts::Parser {
  ondemand::parser parser;
  ondemand::document document;
  std::string padded;  // the document, with the room after it that simdjson asks for

  simdjson::error_code begin(std::string_view text) {
    // What begins otherwise is found out only when it is asked for.
    const std::string_view first = without_blanks(text).substr(0, 1);
    if (std::string_view("{[\"-0123456789tfn").find(first) == std::string_view::npos) {
      return simdjson::TAPE_ERROR;
    }
    padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    padded.assign(text);
    return parser.iterate(padded.data(), padded.size(), padded.capacity()).get(document);
  }
  /// The same part of what was given.
  std::string_view in(std::string_view given, std::string_view part) const {
    return given.substr(static_cast<std::size_t>(part.data() - padded.data()), part.size());
  }
};

JsonParts::JsonParts() : parser_(std::make_unique<Parser>()) {}
JsonParts::~JsonParts() = default;

Result<std::vector<std::string_view>> JsonParts::split(std::string_view document,
                                                       std::string_view pointer) {
  if (const auto code = parser_->begin(document); code != simdjson::SUCCESS) return no_json(code);
  ondemand::value value;
  auto code = pointer.empty() ? parser_->document.get_value().get(value)
                              : parser_->document.at_pointer(pointer).get(value);
  std::vector<std::string_view> elements;
  if (code == simdjson::SCALAR_DOCUMENT_AS_VALUE && without_blanks(document) == "null") {
    return elements;
  }
  if (leads_nowhere(code)) return not_there(pointer);
  if (code != simdjson::SUCCESS) return no_json(code);
  ondemand::json_type type{};
  if (code = value.type().get(type); code != simdjson::SUCCESS) return no_json(code);
  if (type == ondemand::json_type::object) {
    std::string_view text;
    if (code = value.raw_json().get(text); code != simdjson::SUCCESS) return no_json(code);
    elements.push_back(without_blanks(parser_->in(document, text)));
  } else if (type == ondemand::json_type::array) {
    for (auto element : value.get_array()) {
      std::string_view text;
      if (code = element.raw_json().get(text); code != simdjson::SUCCESS) return no_json(code);
      elements.push_back(without_blanks(parser_->in(document, text)));
    }
  } else if (type == ondemand::json_type::null) {
    bool is_null = false;
    if (code = value.is_null().get(is_null); code != simdjson::SUCCESS) return no_json(code);
  } else {
    return not_there(pointer);
  }
  if (pointer.empty() && !parser_->document.at_end()) return no_json(simdjson::TRAILING_CONTENT);
  return elements;
}

Result<std::optional<std::string>> JsonParts::text_at(std::string_view document,
                                                      std::string_view pointer, bool* is_string) {
  using Text = std::optional<std::string>;
  if (is_string != nullptr) *is_string = false;
  if (const auto code = parser_->begin(document); code != simdjson::SUCCESS) return no_json(code);
  if (pointer.empty()) return Text(without_blanks(document));
  ondemand::value value;
  auto code = parser_->document.at_pointer(pointer).get(value);
  if (leads_nowhere(code)) return Text();
  if (code != simdjson::SUCCESS) return no_json(code);
  ondemand::json_type type{};
  if (code = value.type().get(type); code != simdjson::SUCCESS) return no_json(code);
  if (type == ondemand::json_type::null) return Text();
  std::string_view text;
  code = type == ondemand::json_type::string ? value.get_string().get(text)
                                             : value.raw_json().get(text);
  if (code != simdjson::SUCCESS) return no_json(code);
  if (is_string != nullptr) *is_string = type == ondemand::json_type::string;
  return Text(type == ondemand::json_type::string ? text : without_blanks(text));
}

bool is_json_pointer(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != '/') return false;
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

}  // namespace sluice::formats
