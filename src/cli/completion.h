#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace sluice::cli {

/// A script that makes a shell complete commands, options, values of options that have a few, and
/// files: of all commands below `app`. `shell`: bash, zsh or fish.
std::string completion_script(const CLI::App& app, std::string_view shell);

}  // namespace sluice::cli
