#include "base/config_value.h"

namespace sluice {

std::string Location::to_string() const {
  std::string text = file;
  if (line > 0) {
    text += ":" + std::to_string(line);
    if (column > 0) text += ":" + std::to_string(column);
  }
  return text;
}

ConfigValue ConfigValue::scalar(std::string text, bool quoted, Location location) {
  ConfigValue value;
  value.shape_ = Shape::kScalar;
  value.text_ = std::move(text);
  value.quoted_ = quoted;
  value.location_ = std::move(location);
  return value;
}

ConfigValue ConfigValue::list(std::vector<ConfigValue> items, Location location) {
  ConfigValue value;
  value.shape_ = Shape::kList;
  value.items_ = std::move(items);
  value.location_ = std::move(location);
  return value;
}

ConfigValue ConfigValue::map(std::vector<Entry> entries, Location location) {
  ConfigValue value;
  value.shape_ = Shape::kMap;
  value.entries_ = std::move(entries);
  value.location_ = std::move(location);
  return value;
}

ConfigValue ConfigValue::null(Location location) {
  ConfigValue value;
  value.location_ = std::move(location);
  return value;
}

const ConfigValue* ConfigValue::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Error ConfigValue::error(const std::string& message) const {
  const std::string place = location_.to_string();
  return user_error(place.empty() ? message : place + ": " + message);
}

}  // namespace sluice
