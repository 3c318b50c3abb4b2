#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/live.h"
#include "sluice/pipeline.h"

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
  bool always = false;  ///< it is served without being asked for
};

/// Adds --ui and the options --ui-token-file, --ui-certificate and so on. `what` it does, for its
/// help.
void add_page_options(CLI::App& command, PageOptions& page,
                      const std::string& what = "Serves a live page, metrics and a REST API");

/// What follows --ui where that is a file, as in `--ui pipeline.yaml`: it is no address from then
/// on. "": there is none.
std::string file_after_ui(PageOptions& page);

/// How the page is served: as the command line says, or else as files of the pipelines say (`ui`),
/// which must agree. Null: neither asks for one. kUser: two files disagree, with both places; the
/// file of the token.
Result<std::optional<LiveOptions>> page_of(const PageOptions& page,
                                           const std::vector<PageDescription>& files);

/// Says where the page is, on standard error and in the log's file, whatever the log leaves out:
/// the port may be another one than the usual.
void say_where(const std::string& url);

}  // namespace sluice::cli
