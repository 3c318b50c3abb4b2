#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/infer/column_stats.h"

namespace sluice::app {

/// Of a tree of JSON values: no more places than this are looked into.
inline constexpr std::size_t kJsonPlacesMax = 5000;

/// What the values at one place of JSON records are like.
struct JsonPlace {
  ColumnStats stats;  ///< its scalars, and how many objects and lists there are
  std::vector<std::pair<std::string, std::unique_ptr<JsonPlace>>> fields;  ///< in order of sight
  std::map<std::string, std::size_t, std::less<>> index;                   ///< in fields
  std::unique_ptr<JsonPlace> element;  ///< of lists; may be null
  bool is_too_wide = false;            ///< it has so many names that they were no longer looked at
};

/// One part of a JSON text, in the order in which it is written.
struct JsonEvent {
  enum class Kind : unsigned char {
    kNull,
    kBoolean,
    kNumber,
    kText,
    kName,
    kBeginObject,
    kEndObject,
    kBeginList,
    kEndList,
  };
  Kind kind;
  std::string text;
};

/// The parts of a JSON value; empty: it is none, or has a name twice. Numbers are as written.
std::vector<JsonEvent> json_events(std::string_view text);

/// JSON records, folded into one tree. Bounded in memory, but for the first values at each place.
class JsonTree {
 public:
  /// REQUIRES: the events are an object's.
  void add(const std::vector<JsonEvent>& events) { add(events, 0, root_); }
  /// The elements of a list, which are objects. REQUIRES: is_list_of_objects().
  void add_elements(const std::vector<JsonEvent>& events);

  const JsonPlace& root() const { return root_; }

  static bool is_list_of_objects(const std::vector<JsonEvent>& events);

 private:
  std::size_t add(const std::vector<JsonEvent>& events, std::size_t at, JsonPlace& place);
  std::size_t add_object(const std::vector<JsonEvent>& events, std::size_t at, JsonPlace& place);
  JsonPlace* field(JsonPlace& place, const std::string& name);

  JsonPlace root_;
  std::size_t places_ = 1;
};

}  // namespace sluice::app
