#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// What ${...} in a pipeline file may read.
struct Variables {
  std::map<std::string, std::string> given;  ///< --var NAME=VALUE; goes before the environment
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<Result<std::string>(const std::string& path)> read_file;
  /// Gets the given ones that the file never uses. Null: such a one is an error.
  std::set<std::string>* unused = nullptr;
};

/// The machine's environment and files, with `given` before them.
Variables system_variables(std::map<std::string, std::string> given);

/// The tree with ${NAME}, ${NAME:-default} and ${file:/path} put into its texts (keys stay as they
/// are). `$$` is a dollar sign; a `$` before anything else stays. A text with a ${file:...} in it
/// is marked secret; the file's last line end is dropped. Values are put in after YAML is parsed,
/// so they cannot add keys. kUser errors: a name without value or default, a file that cannot be
/// read, a given variable that the file never uses (unless `unused` takes it).
Result<ConfigValue> put_in_variables(const ConfigValue& tree, const Variables& variables);

/// The variables of ${NAME} in the texts of `tree`, with their values; without those whose name
/// speaks of a secret.
std::map<std::string, std::string> values_used(const ConfigValue& tree, const Variables& variables);

/// A text of the file with ${...} in it.
struct WrittenText {
  std::string text;        ///< as it is written
  std::string origin;      ///< where what is put in comes from: "environment OUT", "--var OUT" ...
  bool is_secret = false;  ///< a file, or a variable whose name speaks of a secret
};

/// By line and column, those of `tree`, which has them as they are written.
std::map<std::pair<int, int>, WrittenText> written_texts(const ConfigValue& tree,
                                                         const Variables& variables);

}  // namespace sluice::config
