#include "base/json.h"

namespace sluice {
namespace {

template <class Document>
std::string dump(const Document& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Document::error_handler_t::replace);
}

template <class Document>
std::string text_of(const Document& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->template get<std::string>() : "";
}

}  // namespace

Json parse_json(std::string_view text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

OrderedJson parse_ordered_json(std::string_view text) {
  return OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string text_member(const Json& json, const char* name) { return text_of(json, name); }
std::string text_member(const OrderedJson& json, const char* name) { return text_of(json, name); }

std::string dump_json(const Json& json, int indent) { return dump(json, indent); }
std::string dump_json(const OrderedJson& json, int indent) { return dump(json, indent); }

}  // namespace sluice
