#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/json_pointer.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// The elements of a list in a JSON text, where they are: `/-` of `[1, 2]`, `/events/-` of
/// `{"events": [{...}, {...}]}`. Immutable.
class JsonElements {
 public:
  /// A JSON Pointer whose last token, `-`, stands for each element. kUser: it is none.
  static Result<JsonElements> parse(std::string_view pointer);

  /// Where the list is.
  const JsonPointer& list() const { return list_; }

  /// Appends the elements to `out`, slices of `json` without the blanks around them; an empty list
  /// appends nothing. All of `json` is checked strictly, at one go. Whatever is wrong, `out` is as
  /// it was: kNoElements (nothing is there), kNotList, and the other reasons of
  /// JsonPointer::visit().
  Reason split(std::string_view json, std::vector<std::string_view>& out) const;

 private:
  explicit JsonElements(JsonPointer list) : list_(std::move(list)) {}

  JsonPointer list_;
};

}  // namespace sluice::formats
