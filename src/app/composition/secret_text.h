#pragma once

#include <string>
#include <vector>

#include "base/config_value.h"
#include "base/options.h"

namespace sluice::app {

/// Appends the values of secret options among `options` to `secrets`, and those of maps whose key
/// speaks of a password, secret or token.
void add_secrets(const std::vector<OptionSpec>& specs, const Options& options,
                 std::vector<ConfigValue>& secrets);

/// The file's text with `***` where a secret is written in it literally. A ${...} stays as it is:
/// it is a name, not a secret.
std::string without_secrets(const std::string& text, const std::vector<ConfigValue>& secrets);

}  // namespace sluice::app
