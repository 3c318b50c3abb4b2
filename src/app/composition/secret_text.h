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
/// it is a name, not a secret; so is ***, also in URLs, as of without_url_secrets().
std::string without_secrets(const std::string& text, const std::vector<ConfigValue>& secrets);

/// `text` with *** for a user and password in a URL, and for values in its query whose names speak
/// of a secret or a signature.
std::string without_url_secrets(std::string text);

}  // namespace sluice::app
