#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "sluice/base/result.h"
#include "sluice/remote.h"

namespace sluice::cli {

/// Which running sluice a command asks, as its options say.
struct RemoteArguments {
  RemoteOptions remote;
  std::string token_file;
};

/// Adds --connect, which `connect_text` explains, --token-file and --ca-file. `arguments` outlive
/// the command. The option --connect.
CLI::Option* add_remote_options(CLI::App& command, RemoteArguments& arguments,
                                const std::string& connect_text);

/// Errors as read_token() and Remote::make().
Result<Remote> connect(RemoteArguments& arguments);

}  // namespace sluice::cli
