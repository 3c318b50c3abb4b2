#include "sluice/reference.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "app/composition/composition.h"
#include "app/lint/catalogue.h"
#include "app/reference/error_pages.h"
#include "app/reference/option_tables.h"
#include "base/border.h"
#include "base/nearest.h"
#include "sluice_version.h"

namespace sluice {
namespace {

using app::OptionTable;

constexpr std::size_t kTerminalColumns = 88;

std::vector<OptionTable> all_tables() { return app::option_tables(app::all_connectors()); }

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string type_text(const OptionSpec& spec) {
  if (spec.type == OptionType::kChoice) return joined(spec.choices, " | ");
  if (spec.type == OptionType::kAny) return "see text";
  return option_type_name(spec.type);
}

/// `text` in lines of at most kTerminalColumns, each after `indent` blanks.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string result;
  std::string line(indent, ' ');
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    if (line.size() > indent && line.size() + 1 + word.size() > kTerminalColumns) {
      result += line + "\n";
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += word;
    start = end + 1;
  }
  return line.size() > indent ? result + line + "\n" : result;
}

/// Markdown for a terminal: without the marks of code, and of a link only its text.
std::string plain(std::string_view markdown) {
  std::string text;
  for (std::size_t i = 0; i < markdown.size(); ++i) {
    if (markdown[i] == '`' || markdown[i] == '[') continue;
    if (markdown.substr(i, 2) == "](") {
      i = markdown.find(')', i);
      if (i == std::string_view::npos) break;
      continue;
    }
    text += markdown[i];
  }
  return text;
}

std::string terminal_page(const OptionTable& table) {
  std::string text = table.name + "\n" + wrapped(table.text, 2);
  for (const OptionSpec& spec : table.options) {
    text +=
        "\n  " + spec.name + "  (" + type_text(spec) + (spec.required ? ", required" : "") + ")\n";
    text += wrapped(spec.text, 6);
    if (!spec.default_text.empty()) text += "      default: " + spec.default_text + "\n";
    if (!spec.example.empty()) text += "      example: " + spec.example + "\n";
  }
  return text;
}

/// For a cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

std::string markdown_page(const OptionTable& table) {
  std::string text = "## " + table.name + "\n\n" + table.text + "\n";
  if (table.options.empty()) return text + "\nNo options.\n";
  text += "\n| option | type | default | meaning |\n|---|---|---|---|\n";
  for (const OptionSpec& spec : table.options) {
    const std::string needed = spec.required ? "**required**" : code(spec.default_text);
    std::string meaning = cell(spec.text);
    if (!spec.example.empty()) meaning += " Example: " + code(spec.example);
    text += "| " + code(spec.name) + " | " + cell(type_text(spec)) + " | " + needed + " | " +
            meaning + " |\n";
  }
  return text;
}

/// With or without LINT_.
const app::LintRule* find_rule(const std::string& name) {
  const app::LintRule* rule = app::find_lint(name);
  return rule != nullptr ? rule : app::find_lint("LINT_" + name);
}

std::string lint_page(const app::LintRule& rule) {
  return std::string(rule.code) + "  (a warning of sluice check)\n" +
         wrapped("Said when " + plain(rule.what) + ".", 2) + "\n" + wrapped(plain(rule.why), 2) +
         "\n" + wrapped("What to do: " + plain(rule.fix), 2);
}

constexpr const char* kLintHead =
    "# Lints\n\n"
    "What `sluice check` warns of: the pipeline runs, and it looks like a mistake. "
    "[The guide](../guide/lints.md) says how to keep one quiet. This page is written by `sluice "
    "reference --lints`; a test compares the two.\n";

constexpr const char* kMarkdownHead =
    "# Options\n\n"
    "Every key of a pipeline file. This page is written by `sluice reference --markdown`; a test "
    "compares the two.\n\n"
    "Anywhere in a value, `${NAME}` and `${NAME:-default}` are put in from the environment (or "
    "`--var NAME=VALUE`), `${file:/path}` from a file, as a secret; `$$` is a dollar sign.\n";

}  // namespace

std::string json_schema() { return app::json_schema_of(all_tables()); }

std::string json_schema_of_tests() { return app::json_schema_of_tests(all_tables()); }

std::vector<std::string> reference_topics() {
  std::vector<std::string> names;
  for (const OptionTable& table : all_tables()) names.push_back(table.name);
  return names;
}

Result<std::string> reference_text(const std::string& topic, ReferenceStyle style) {
  return at_border("show the reference", [&]() -> Result<std::string> {
    const bool markdown = style == ReferenceStyle::kMarkdown;
    std::string text = markdown && topic.empty() ? kMarkdownHead : "";
    std::vector<std::string> names;
    bool exact = false;
    const std::vector<OptionTable> tables = all_tables();
    for (const OptionTable& table : tables) exact = exact || table.name == topic;
    for (const OptionTable& table : tables) {
      names.push_back(table.name);
      names.push_back(table.key);
      const bool wanted = topic.empty() || table.name == topic || (!exact && table.key == topic);
      if (!wanted) continue;
      if (!text.empty()) text += "\n";
      text += markdown ? markdown_page(table) : terminal_page(table);
    }
    if (!text.empty()) return text;
    const std::string guess = did_you_mean(topic, names);
    return user_error("there is no page '" + topic + "'" +
                      (guess.empty() ? "; there are: " + joined(reference_topics(), ", ") : guess));
  });
}

std::string lint_reference() {
  std::string text = kLintHead;
  for (const app::LintRule& rule : app::lint_rules()) {
    text += "\n## " + std::string(rule.code) + "\n\nSaid when " + std::string(rule.what) +
            ".\n\n**Why.** " + std::string(rule.why) + "\n\n**Fix.** " + std::string(rule.fix) +
            "\n";
  }
  return text;
}

std::vector<std::string> error_codes() {
  std::vector<std::string> codes;
  for (const app::ErrorPage& page : app::error_pages()) codes.emplace_back(page.code);
  for (std::string& code : app::lint_codes()) codes.push_back(std::move(code));
  std::ranges::sort(codes);
  codes.erase(std::ranges::unique(codes).begin(), codes.end());
  return codes;
}

Result<std::string> error_page(const std::string& code) {
  return at_border("explain the error", [&]() -> Result<std::string> {
    std::string name = code;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    if (const app::LintRule* rule = find_rule(name)) return lint_page(*rule);
    if (!name.starts_with("E_") && !name.starts_with("LINT_")) name.insert(0, "E_");
    std::string text;
    for (const app::ErrorPage& page : app::error_pages()) {
      if (page.code != name) continue;
      text += (text.empty() ? "" : "\n") + name + "  (exit code " + std::string(page.exit) + ")\n" +
              wrapped(plain(page.happened), 2) + "\n" +
              wrapped("What to do: " + plain(page.remedy), 2);
    }
    if (!text.empty()) return text;
    const std::string guess = did_you_mean(name, error_codes());
    return user_error("there is no error '" + name + "'" +
                      (guess.empty() ? "; `sluice explain-error` lists them" : guess));
  });
}

std::string version_text() { return "sluice " SLUICE_VERSION " (" SLUICE_COMMIT ")"; }

}  // namespace sluice
