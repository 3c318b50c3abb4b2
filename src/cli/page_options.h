#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sluice/live.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sluice::cli {

/// This program, as the page's questions start it (HostOptions::question_program).
inline constexpr char kOwnProgram[] = "/proc/self/exe";

/// How a page is served, as a command line says it.
struct PageOptions {
  CLI::Option* ui = nullptr;  ///< the option of its address
  LiveOptions live;           ///< its address is "" until one is given
  std::string token_file;
};

/// Adds `address`, such as --ui, and the options --ui-token-file, --ui-certificate and so on.
void add_page_options(CLI::App& command, const std::string& address, PageOptions& page);

/// The server, not started. kUser: the file of the token.
Result<std::unique_ptr<LiveServer>> make_page(const PageOptions& page);

/// Says where the page is, on standard error and in the log's file, whatever the log leaves out:
/// the port may be another one than the usual.
void say_where(const LiveServer& live);

}  // namespace sluice::cli
