#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/config_value.h"

namespace sluice::connectors {

/// A scalar without quotes, at p.yaml:4:9.
inline ConfigValue text(const std::string& value) {
  return ConfigValue::scalar(value, false, {"p.yaml", 4, 9});
}

/// A map, at p.yaml:3:5.
inline ConfigValue map(std::vector<std::pair<std::string, ConfigValue>> entries) {
  std::vector<ConfigValue::Entry> list;
  for (auto& [key, value] : entries) list.push_back({key, {"p.yaml", 3, 7}, std::move(value)});
  return ConfigValue::map(std::move(list), {"p.yaml", 3, 5});
}

}  // namespace sluice::connectors
