#include "cli/page_options.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "base/log_file.h"
#include "cli/terminal.h"
#include "cli/token_option.h"

namespace sluice::cli {

void add_page_options(CLI::App& command, const std::string& address, PageOptions& page) {
  page.ui = command
                .add_option(address, page.live.address,
                            "Serves a live page, metrics and a REST API; of the loopback "
                            "unless an address says otherwise. Default: 127.0.0.1:8484, or "
                            "the next free port")
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

Result<std::unique_ptr<LiveServer>> make_page(const PageOptions& page) {
  LiveOptions live = page.live;
  live.next_free_port = live.address.empty();
  if (live.next_free_port) live.address = LiveOptions().address;
  SLUICE_ASSIGN(live.token, read_token(page.token_file));
  return std::make_unique<LiveServer>(std::move(live));
}

void say_where(const LiveServer& live) {
  before_terminal_output();
  write_all(STDERR_FILENO, "the page is at " + live.url() + "\n");
  log_in_file("the page is at " + live.url());
}

}  // namespace sluice::cli
