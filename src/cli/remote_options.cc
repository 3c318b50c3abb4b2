#include "cli/remote_options.h"

#include "cli/token_option.h"

namespace sluice::cli {

CLI::Option* add_remote_options(CLI::App& command, RemoteArguments& arguments,
                                const std::string& connect_text) {
  CLI::Option* const address =
      command.add_option("--connect", arguments.remote.address, connect_text)->type_name("ADDRESS");
  command
      .add_option("--token-file", arguments.token_file,
                  "A file with its token; otherwise the environment's SLUICE_TOKEN")
      ->type_name("FILE");
  command
      .add_option("--ca-file", arguments.remote.ca_file,
                  "PEM file of the authority that signed its certificate")
      ->type_name("FILE");
  return address;
}

Result<Remote> connect(RemoteArguments& arguments) {
  SLUICE_ASSIGN(arguments.remote.token, read_token(arguments.token_file));
  return Remote::make(arguments.remote);
}

}  // namespace sluice::cli
