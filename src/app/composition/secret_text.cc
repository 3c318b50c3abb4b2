#include "app/composition/secret_text.h"

#include <algorithm>

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
    const bool is_name = raw.starts_with("${") && raw.find('}') + 1 == raw.size();
    if (!raw.empty() && !is_name) spans.emplace_back(at, size);
  }
  // From the back, so that offsets in front stay true.
  std::ranges::sort(spans, std::greater<>());
  std::string result = text;
  for (const auto& [at, size] : spans) result.replace(at, size, "***");
  return result;
}

}  // namespace sluice::app
