#include "connectors/kafka/topic_name.h"

namespace sluice::connectors::kafka {

Status check_topic_name(const ConfigValue& given, const std::string& name) {
  constexpr std::size_t kBytesMax = 249;
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (!name.empty() && name.size() <= kBytesMax &&
      name.find_first_not_of(kLetters) == std::string::npos) {
    return {};
  }
  return given.error("'" + name +
                     "' is not a topic name; letters, digits, '.', '_' and '-' are allowed");
}

}  // namespace sluice::connectors::kafka
