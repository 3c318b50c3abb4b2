#include "cli/page_options.h"

#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "base/log_file.h"
#include "cli/terminal.h"
#include "cli/token_option.h"

namespace sluice::cli {
namespace {

struct Wanted {
  LiveOptions live;
  std::string token_file;
  std::string place;  ///< in the file
};

/// What the command line says goes before what the file says.
Wanted joined(const PageOptions& page, const PageDescription& file) {
  Wanted made{page.live, page.token_file, file.place};
  LiveOptions& live = made.live;
  if (live.address.empty()) {
    live.address = file.address;
    live.place = file.place;
  }
  if (made.token_file.empty()) made.token_file = file.token_file;
  if (live.certificate.empty() && live.key.empty()) {
    live.certificate = file.certificate;
    live.key = file.key;
  }
  live.plain = live.plain || file.plain;
  if (live.allowed_hosts.empty()) live.allowed_hosts = file.hosts;
  return made;
}

bool is_same(const Wanted& one, const Wanted& other) {
  const auto parts = [](const Wanted& wanted) {
    const LiveOptions& live = wanted.live;
    return std::tie(live.address, live.certificate, live.key, live.plain, live.allowed_hosts,
                    wanted.token_file);
  };
  return parts(one) == parts(other);
}

}  // namespace

void add_page_options(CLI::App& command, PageOptions& page, const std::string& what) {
  page.ui = command
                .add_option("--ui", page.live.address,
                            what +
                                "; of the loopback unless an address says otherwise. Default: "
                                "127.0.0.1:8484, or the next free port")
                ->expected(0, 1)
                ->default_str("")
                ->type_name("[ADDRESS:PORT]");
  page.live.address.clear();
  command
      .add_option("--ui-token-file", page.token_file,
                  "A file whose first line whoever opens the page must know; otherwise the "
                  "environment's SLUICE_TOKEN. Any address but the loopback needs one")
      ->type_name("FILE");
  command.add_option("--ui-certificate", page.live.certificate, "PEM file, for https")
      ->type_name("FILE");
  command.add_option("--ui-key", page.live.key, "PEM file of the certificate's key")
      ->type_name("FILE");
  command.add_flag("--ui-plain", page.live.plain,
                   "Serves another address than the loopback without TLS: somebody else encrypts");
  command
      .add_option("--ui-host", page.live.allowed_hosts,
                  "A name by which browsers call the page; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME");
}

std::string file_after_ui(PageOptions& page) {
  std::string& address = page.live.address;
  std::error_code ignored;
  const bool is_file = address.ends_with(".yaml") || address.ends_with(".yml") ||
                       std::filesystem::exists(address, ignored);
  return is_file ? std::exchange(address, "") : "";
}

Result<std::optional<LiveOptions>> page_of(const PageOptions& page,
                                           const std::vector<PageDescription>& files) {
  std::optional<Wanted> wanted;
  for (const PageDescription& file : files) {
    if (file.address.empty()) continue;
    Wanted other = joined(page, file);
    if (!wanted) {
      wanted = std::move(other);
    } else if (!is_same(*wanted, other)) {
      return user_error(wanted->place + " and " + other.place +
                        " serve the page in two ways, and a process has one; write the same `ui` "
                        "in both, or leave `listen` out of one");
    }
  }
  const bool is_asked = page.always || (page.ui != nullptr && page.ui->count() > 0);
  if (!wanted && !is_asked) return std::optional<LiveOptions>();
  if (!wanted) wanted = joined(page, {});
  LiveOptions& live = wanted->live;
  live.next_free_port = live.address.empty();
  if (live.next_free_port) live.address = LiveOptions().address;
  auto token = read_token(wanted->token_file);
  if (!token) {
    if (live.place.empty()) return std::move(token).error();
    return user_error(live.place + ": " + token.error().message());
  }
  live.token = *std::move(token);
  return std::optional<LiveOptions>(std::move(live));
}

void say_where(const std::string& url) {
  before_terminal_output();
  write_all(STDERR_FILENO, "the page is at " + url + "\n");
  log_in_file("the page is at " + url);
}

}  // namespace sluice::cli
