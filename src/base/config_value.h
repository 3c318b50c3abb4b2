#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/base/error.h"

namespace sluice {

/// Where something is in the user's file; line and column from 1, 0 when unknown.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  /// "pipeline.yaml:12:7", or as much of it as is known.
  std::string to_string() const;
};

/// A value of a configuration file with its place: a scalar, a list or a map in file order. What
/// YAML makes, options validate and connectors read; it knows nothing of YAML itself.
class ConfigValue {
 public:
  enum class Shape : unsigned char { kNull, kScalar, kList, kMap };

  struct Entry;

  ConfigValue() = default;
  static ConfigValue scalar(std::string text, bool quoted, Location location);
  static ConfigValue list(std::vector<ConfigValue> items, Location location);
  static ConfigValue map(std::vector<Entry> entries, Location location);
  static ConfigValue null(Location location);

  Shape shape() const { return shape_; }
  /// Of a scalar, after ${...} has been put in.
  const std::string& text() const { return text_; }
  /// A quoted scalar is text even when it looks like a number.
  bool quoted() const { return quoted_; }
  /// Some of the text came from a ${file:...} or is otherwise not to be shown.
  bool secret() const { return secret_; }
  void mark_secret() { secret_ = true; }
  const std::vector<ConfigValue>& items() const { return items_; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Location& location() const { return location_; }

  /// The value of `key` in a map, or null.
  const ConfigValue* find(std::string_view key) const;

  /// A kUser error that starts with this value's place: "pipeline.yaml:3:9: <message>".
  Error error(const std::string& message) const;

 private:
  Shape shape_ = Shape::kNull;
  std::string text_;
  bool quoted_ = false;
  bool secret_ = false;
  std::vector<ConfigValue> items_;
  std::vector<Entry> entries_;
  Location location_;
};

struct ConfigValue::Entry {
  std::string key;
  Location key_location;
  ConfigValue value;
};

}  // namespace sluice
