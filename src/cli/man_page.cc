#include "cli/man_page.h"

#include <algorithm>
#include <string_view>

namespace sluice::cli {
namespace {

/// What roff would take for its own is written out; a text never begins a line as a request.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\(rs";
        break;
      case '-':  // else a hyphen, which no shell takes
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '"':
        out += "\\(dq";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Paragraphs are filled, what is indented (the examples) stays as it is.
std::string footer_text(const std::string& footer) {
  std::string text = ".PP\n";
  bool verbatim = false;
  bool parted = true;  // nothing since the last .PP
  for (const std::string& line : lines_of(footer)) {
    const bool indented = line.starts_with("  ");
    if (verbatim && !indented) text += ".fi\n.RE\n";
    if (indented && !verbatim) text += ".RS 4\n.nf\n";
    if ((line.empty() || (verbatim && !indented)) && !parted) {
      text += ".PP\n";
      parted = true;
    }
    verbatim = indented;
    if (line.empty()) continue;
    text += escaped(indented ? line.substr(2) : line) + "\n";
    parted = false;
  }
  return text + (verbatim ? ".fi\n.RE\n" : "");
}

std::string option_entries(const CLI::App& command, bool positional) {
  const CLI::Formatter formatter;
  std::string text;
  for (const CLI::Option* option : command.get_options()) {
    // One that may be either is shown as both.
    const bool shown = positional ? option->get_positional() : option->nonpositional();
    if (option->get_group().empty() || !shown) continue;
    text += ".TP\n" + bold(formatter.make_option_name(option, positional)) +
            escaped(formatter.make_option_opts(option)) + "\n" +
            escaped(formatter.make_option_desc(option)) + "\n";
  }
  return text;
}

/// "Usage: sluice run [OPTIONS] [file...]" without its head.
std::string usage(const CLI::App& command, const std::string& whole_name) {
  std::string text = CLI::Formatter().make_usage(&command, whole_name);
  const std::size_t begin = text.find("sluice");
  if (begin == std::string::npos) return whole_name;
  return text.substr(begin, text.find('\n', begin) - begin);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as commands are.
std::string command_sections(const CLI::App& parent, const std::string& name) {
  std::string text;
  for (const CLI::App* command : parent.get_subcommands(nullptr)) {
    if (command->get_group().empty()) continue;  // hidden
    const std::string whole = name + " " + command->get_name();
    text += ".SS " + escaped(whole) + "\n" + escaped(command->get_description()) + "\n.PP\n" +
            bold(usage(*command, whole)) + "\n" + option_entries(*command, /*positional=*/true) +
            option_entries(*command, /*positional=*/false) + footer_text(command->get_footer()) +
            command_sections(*command, whole);
  }
  return text;
}

}  // namespace

std::string man_page(const CLI::App& app, const ManPageParts& parts) {
  // Without a date: whoever makes it again gets the same page.
  std::string text =
      ".\\\" Written by `sluice reference --man`.\n"
      ".TH SLUICE 1 \"\" \"" +
      escaped(parts.version) +
      "\" \"User Commands\"\n"
      ".nh\n.ad l\n"
      ".SH NAME\nsluice \\- streams to tables\n"
      ".SH SYNOPSIS\n" +
      bold("sluice") + " COMMAND [OPTIONS] ...\n.SH DESCRIPTION\n" +
      escaped(app.get_description()) + "\n" + option_entries(app, /*positional=*/false) +
      footer_text(app.get_footer()) + ".SH COMMANDS\n" + command_sections(app, app.get_name()) +
      ".SH OUTPUT\n" + escaped(parts.output) + "\n.SH EXIT STATUS\n";
  for (const auto& [code, meaning] : parts.exit_codes) {
    text += ".TP\n" + bold(code) + "\n" + escaped(meaning) + "\n";
  }
  return text;
}

}  // namespace sluice::cli
