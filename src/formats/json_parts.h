#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"

namespace sluice::formats {

/// Cuts parts out of JSON documents without making trees of them. Pointers are RFC 6901's:
/// `/data/items`, "" for the whole document. One thread; keeps its memory between calls.
///
/// Errors are kData, with what is wrong in words ("it is not JSON: ...").
class JsonParts {
 public:
  JsonParts();
  ~JsonParts();
  JsonParts(const JsonParts&) = delete;
  JsonParts& operator=(const JsonParts&) = delete;

  /// The texts of the elements of the array at `pointer`, in their order: slices of `document`. An
  /// object there is a list of one, null an empty one. What is inside an element is not looked at
  /// further than finding its end needs. An error when the document is not JSON, or there is
  /// nothing else at `pointer`.
  Result<std::vector<std::string_view>> split(std::string_view document, std::string_view pointer);

  /// The value at `pointer` as text: a string without quotes and escapes, a number or true and
  /// false as they are written, an object or array as its JSON. Null: nothing is there, or null.
  /// `is_string` says whether it was a string: "1" and 1 have one text.
  Result<std::optional<std::string>> text_at(std::string_view document, std::string_view pointer,
                                             bool* is_string = nullptr);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// Whether `text` is a pointer of RFC 6901: "" or parts that begin with "/", with ~ in ~0 and ~1
/// only.
bool is_json_pointer(std::string_view text);

}  // namespace sluice::formats
