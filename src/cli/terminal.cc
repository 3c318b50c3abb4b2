#include "cli/terminal.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice::cli {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::kBold:
      return "1";
    case Tone::kFaint:
      return "2";
    case Tone::kRed:
      return "1;31";
    case Tone::kYellow:
      return "33";
    case Tone::kGreen:
      return "32";
    case Tone::kPlain:
      break;
  }
  return "";
}

}  // namespace

Terminal look_at_terminal(int descriptor) {
  Terminal terminal;
  // NOLINTBEGIN(concurrency-mt-unsafe): at start, and nobody sets the environment.
  const char* kind = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  // NOLINTEND(concurrency-mt-unsafe)
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  terminal.live = isatty(descriptor) == 1 && !dumb;
  terminal.colour = terminal.live && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  return terminal;
}

std::string toned(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::kPlain) return std::string(text);
  return "\x1b[" + std::string(code_of(tone)) + "m" + std::string(text) + "\x1b[0m";
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace sluice::cli
