#include <algorithm>
#include <array>
#include <map>

#include "app/lint/reviewed.h"
#include "base/secret_name.h"

namespace sluice::app {
namespace {

using Texts = std::map<std::pair<int, int>, std::string>;

/// Every scalar as the file has it, by its place.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
void add_texts(const ConfigValue& value, Texts& texts) {
  if (value.shape() == ConfigValue::Shape::kScalar) {
    texts[{value.location().line, value.location().column}] = value.text();
  }
  for (const ConfigValue& item : value.items()) add_texts(item, texts);
  for (const ConfigValue::Entry& entry : value.entries()) add_texts(entry.value, texts);
}

/// What of the text is in the file itself: what is around each ${...}, and its default.
std::string literal_of(const std::string& text) {
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text.compare(i, 2, "${") == 0 ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      literal += text[i];
      continue;
    }
    const std::size_t mark = text.find(":-", i);
    if (mark != std::string::npos && mark < end) literal += text.substr(mark + 2, end - mark - 2);
    i = end;
  }
  return literal;
}

std::string last_part(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

/// Columns may be called token.
bool is_column(const std::string& setting) {
  return std::ranges::any_of(
      std::array{".schema.", ".columns.", ".types.", "views.", "charts."},
      [&](const char* part) { return setting.find(part) != std::string::npos; });
}

/// Options that have a word of secrets in their name, and say where one is, or how it is used.
bool is_about_a_secret(const std::string& setting, const std::string& literal) {
  const std::string name = sql::lower(last_part(setting));
  for (const char* end : {"_file", "location", "path", "url", "uri", "endpoint", "scope", "user",
                          "username", "algorithm", "type", "mechanism", "credentials"}) {
    if (name.ends_with(end)) return true;
  }
  return literal == "true" || literal == "false";
}

/// Of a header only what names a secret, or Authorization.
bool is_plain_header(const std::string& setting) {
  const std::size_t at = setting.find(".headers.");
  return at != std::string::npos && !names_a_secret(setting.substr(at + 9));
}

bool is_here(const std::string& url) {
  return url.find("://127.") != std::string::npos || url.find("://localhost") != std::string::npos;
}

/// A password in front of the host of a URL.
bool has_password_in_url(const std::string& text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t end = std::min(text.find_first_of("/?# \t\n\"'", at), text.size());
    const std::string host = text.substr(at, end - at);
    const std::size_t user = host.rfind('@');
    if (user == std::string::npos) continue;
    const std::size_t colon = host.find(':');
    const std::string password =
        colon < user ? host.substr(colon + 1, user - colon - 1) : std::string();
    if (!literal_of(password).empty()) return true;
  }
  return false;
}

/// Keys that are known by their beginning.
bool is_known_key(const std::string& text) {
  static constexpr std::array<std::string_view, 6> kBeginnings = {"-----BEGIN PRIVATE KEY",
                                                                  "-----BEGIN RSA PRIVATE KEY",
                                                                  "-----BEGIN EC PRIVATE KEY",
                                                                  "ghp_",
                                                                  "xoxb-",
                                                                  "glpat-"};
  return std::ranges::any_of(kBeginnings, [&text](std::string_view beginning) {
    return text.starts_with(beginning) && text.size() > beginning.size() + 8;
  });
}

}  // namespace

void lint_secrets(const Reviewed& reviewed, Findings& findings) {
  const config::PipelineFile& file = reviewed.file();
  Texts texts;
  add_texts(file.tree, texts);
  for (const SettingDescription& setting : reviewed.description().settings) {
    const std::pair place(setting.line, setting.column);
    const auto found = texts.find(place);
    if (setting.line == 0 || found == texts.end()) continue;
    const auto written = file.written.find(place);
    const std::string& text = written == file.written.end() ? found->second : written->second.text;
    const std::string literal = literal_of(text);
    if (literal.empty()) continue;
    const Location at{file.path, setting.line, setting.column};
    if (has_password_in_url(text)) {
      findings.push_back(
          {"LINT_SECRET_IN_FILE", at, "the URL of " + setting.name + " has a password in it"});
      continue;
    }
    const bool is_secret = setting.value == "***" && !is_column(setting.name) &&
                           !is_about_a_secret(setting.name, literal) &&
                           !is_plain_header(setting.name) && !is_here(literal) && literal != "***";
    if (!is_secret && !is_known_key(literal)) continue;
    const bool is_default = written != file.written.end();
    findings.push_back(
        {"LINT_SECRET_IN_FILE", at,
         setting.name + (is_default ? " has a secret in the file, where no variable "
                                      "gives one"
                                    : " is a secret, and the file has it in clear")});
  }
}

}  // namespace sluice::app
