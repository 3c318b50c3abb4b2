#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace sluice {

/// A JSON document: members sorted by name, or in the order that they were given in.
using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Reading and writing as functions, because each file that calls the library's own compiles its
// parser and its writer again: seconds for each.

/// `text` as a document; what is not JSON gives one that is_discarded(), and nothing is thrown.
Json parse_json(std::string_view text);
OrderedJson parse_ordered_json(std::string_view text);

/// The text that the member has; "" when `json` has no such member, or none that is a text.
std::string text_member(const Json& json, const char* name);
std::string text_member(const OrderedJson& json, const char* name);

/// On one line, or with `indent` blanks a level. Bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const Json& json, int indent = -1);
std::string dump_json(const OrderedJson& json, int indent = -1);

}  // namespace sluice
