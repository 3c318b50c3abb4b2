#include "base/json.h"

namespace sluice {
namespace {

template <class Document>
std::string dump(const Document& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Document::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

OrderedJson parse_ordered_json(std::string_view text) {
  return OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string dump_json(const Json& json, int indent) { return dump(json, indent); }
std::string dump_json(const OrderedJson& json, int indent) { return dump(json, indent); }

}  // namespace sluice
