#include "app/composition/secret_text.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

#include "base/secret_name.h"

namespace sluice::app {
namespace {

/// Bytes in front of line `number`; npos when there are fewer lines.
std::size_t line_start(const std::string& text, int number) {
  std::size_t start = 0;
  for (int line = 1; line < number; ++line) {
    start = text.find('\n', start);
    if (start == std::string::npos) return start;
    ++start;
  }
  return start;
}

/// Bytes of the scalar at `at`; moves `at` past its closing quote. `value` is what YAML made of it:
/// where the two differ (escapes, ${...}), everything up to the closing quote or the line's end.
std::size_t secret_size(const std::string& text, std::size_t& at, const std::string& value) {
  if (at >= text.size()) return 0;
  const char quote = text[at];
  const bool quoted = quote == '"' || quote == '\'';
  if (quoted) ++at;
  if (text.compare(at, value.size(), value) == 0) return value.size();
  std::size_t end = at;
  while (end < text.size() && text[end] != (quoted ? quote : '\n')) {
    end += quote == '"' && text[end] == '\\' ? 2 : 1;
  }
  return std::min(end, text.size()) - at;
}

/// All scalars in it.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
void add_scalars(const ConfigValue& value, std::vector<ConfigValue>& secrets) {
  if (value.shape() == ConfigValue::Shape::kScalar) secrets.push_back(value);
  for (const ConfigValue& item : value.items()) add_scalars(item, secrets);
  for (const ConfigValue::Entry& entry : value.entries()) add_scalars(entry.value, secrets);
}

/// Entries of maps, inside each other too, whose names say that they are secret.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
void add_named_secrets(const ConfigValue& value, std::vector<ConfigValue>& secrets) {
  for (const ConfigValue::Entry& entry : value.entries()) {
    if (names_a_secret(entry.key)) add_scalars(entry.value, secrets);
    add_named_secrets(entry.value, secrets);
  }
}

/// ${NAME} and no more: a default may be a secret.
bool is_name(std::string_view text) {
  return text.starts_with("${") && text.find('}') + 1 == text.size() &&
         text.find(":-") == std::string_view::npos;
}

/// The first of `letters` from `at` on that is not inside of a ${...}; the text's size when there
/// is none.
std::size_t find_outside(const std::string& text, std::string_view letters, std::size_t at) {
  for (; at < text.size(); ++at) {
    const std::size_t end = text.compare(at, 2, "${") == 0 ? text.find('}', at) : std::string::npos;
    if (end != std::string::npos) {
      at = end;
    } else if (letters.find(text[at]) != std::string_view::npos) {
      return at;
    }
  }
  return text.size();
}

void hide(std::string& text, std::size_t from, std::size_t to) {
  if (!is_name(std::string_view(text).substr(from, to - from)))
    text.replace(from, to - from, "***");
}

bool is_secret_in_query(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return names_a_secret(name) || name == "key" || name == "sig" || name == "code" ||
         name == "sas" || name == "pwd" || name == "pw" || name == "auth" ||
         name.find("signature") != std::string::npos;
}

}  // namespace

void add_secrets(const std::vector<OptionSpec>& specs, const Options& options,
                 std::vector<ConfigValue>& secrets) {
  for (const OptionSpec& spec : specs) {
    if (!options.has(spec.name)) continue;
    const ConfigValue& value = options.value(spec.name);
    if (spec.type == OptionType::kSecret) secrets.push_back(value);
    add_named_secrets(value, secrets);
  }
}

std::string without_secrets(const std::string& text, const std::vector<ConfigValue>& secrets) {
  std::vector<std::pair<std::size_t, std::size_t>> spans;  // offset, size
  for (const ConfigValue& secret : secrets) {
    if (secret.location().line == 0 || secret.text().empty()) continue;
    std::size_t at = line_start(text, secret.location().line);
    if (at == std::string::npos) continue;
    at += static_cast<std::size_t>(std::max(secret.location().column, 1)) - 1;
    const std::size_t size = secret_size(text, at, secret.text());
    const std::string_view raw = std::string_view(text).substr(std::min(at, text.size()), size);
    if (!raw.empty() && !is_name(raw)) spans.emplace_back(at, size);
  }
  // From the back, so that offsets in front stay true. Several tables may have named one secret.
  std::ranges::sort(spans, std::greater<>());
  spans.erase(std::ranges::unique(spans).begin(), spans.end());
  std::string result = text;
  for (const auto& [at, size] : spans) result.replace(at, size, "***");
  return without_url_secrets(std::move(result));
}

std::string without_url_secrets(std::string text) {
  constexpr std::string_view kEnds = " \t\r\n\"'<>|,{}[]";
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t host_end =
        std::min(find_outside(text, "/?#", at), find_outside(text, kEnds, at));
    const std::size_t user_end = host_end == at ? std::string::npos : text.rfind('@', host_end - 1);
    if (user_end != std::string::npos && user_end >= at) hide(text, at, user_end);
    for (std::size_t from = find_outside(text, "?&", at); from < find_outside(text, kEnds, at);
         from = find_outside(text, "?&", from)) {
      const std::size_t name = ++from;
      from = find_outside(text, "=&#", name);
      if (from >= find_outside(text, kEnds, at) || text[from] != '=') continue;
      const std::size_t value_end =
          std::min(find_outside(text, "&#", from), find_outside(text, kEnds, from));
      if (is_secret_in_query(text.substr(name, from - name))) hide(text, from + 1, value_end);
    }
  }
  return text;
}

}  // namespace sluice::app
