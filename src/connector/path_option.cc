#include "connector/path_option.h"

namespace sluice::connector {

Result<std::string> path_option(const Options& options, std::string_view name,
                                const io::FileSystem& files) {
  std::string path = options.text(name);
  const ConfigValue& place = options.value(name);
  if (path.empty()) return place.error("'" + std::string(name) + "' must not be empty");
  if (auto known = files.check_path(path); !known) return place.error(known.error().message());
  if (path.ends_with("://")) {
    return place.error("'" + path + "' must be followed by a folder: " + path + "FOLDER");
  }
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace sluice::connector
