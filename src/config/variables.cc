#include "config/variables.h"

#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/secret_name.h"
#include "config/file_text.h"
#include "config/names.h"

namespace sluice::config {
namespace {

constexpr std::string_view kFilePrefix = "file:";
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;

class Substitution {
 public:
  explicit Substitution(const Variables& variables) : variables_(variables) {}

  Result<ConfigValue> value(const ConfigValue& from) {
    switch (from.shape()) {
      case ConfigValue::Shape::kNull:
        return from;
      case ConfigValue::Shape::kScalar:
        return scalar(from);
      case ConfigValue::Shape::kList: {
        std::vector<ConfigValue> items;
        for (const ConfigValue& item : from.items()) {
          SLUICE_ASSIGN(ConfigValue done, value(item));
          items.push_back(std::move(done));
        }
        return ConfigValue::list(std::move(items), from.location());
      }
      case ConfigValue::Shape::kMap: {
        std::vector<ConfigValue::Entry> entries;
        for (const ConfigValue::Entry& entry : from.entries()) {
          SLUICE_ASSIGN(ConfigValue done, value(entry.value));
          entries.push_back({entry.key, entry.key_location, std::move(done)});
        }
        return ConfigValue::map(std::move(entries), from.location());
      }
    }
    return from;
  }

  Status all_given_are_used() const {
    for (const auto& [name, value] : variables_.given) {
      if (used_.contains(name)) continue;
      if (variables_.unused != nullptr) {
        variables_.unused->insert(name);
        continue;
      }
      const std::vector<std::string> used(used_.begin(), used_.end());
      return user_error("--var " + name + ": the pipeline file has no ${" + name + "}" +
                        did_you_mean(name, used));
    }
    return {};
  }

 private:
  Result<ConfigValue> scalar(const ConfigValue& from) {
    const std::string& text = from.text();
    if (text.find('$') == std::string::npos) return from;
    std::string result;
    bool secret = false;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] != '$' || i + 1 == text.size()) {
        result += text[i++];
      } else if (text[i + 1] == '$') {
        result += '$';
        i += 2;
      } else if (text[i + 1] != '{') {
        result += text[i++];
      } else {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) {
          return from.error("a ${ has no }; write $$ for a plain dollar sign");
        }
        SLUICE_ASSIGN(const std::string found,
                      lookup(from, text.substr(i + 2, end - i - 2), secret));
        result += found;
        i = end + 1;
      }
    }
    ConfigValue done = ConfigValue::scalar(std::move(result), from.quoted(), from.location());
    if (secret || from.secret()) done.mark_secret();
    return done;
  }

  Result<std::string> lookup(const ConfigValue& from, const std::string& expression, bool& secret) {
    if (expression.starts_with(kFilePrefix)) {
      secret = true;
      return file(from, expression.substr(kFilePrefix.size()));
    }
    const std::size_t mark = expression.find(":-");
    const std::string name = expression.substr(0, mark);
    if (!is_identifier(name)) {
      return from.error("${" + expression +
                        "} names no variable; write ${NAME}, ${NAME:-default} or "
                        "${file:/path}, and $$ for a plain dollar sign");
    }
    used_.insert(name);
    if (const auto given = variables_.given.find(name); given != variables_.given.end()) {
      return given->second;
    }
    const auto found = variables_.environment ? variables_.environment(name) : std::nullopt;
    if (mark == std::string::npos) {
      if (found) return *found;
      return from.error("the environment variable " + name + " is not set; set it, give --var " +
                        name + "=VALUE, or write ${" + name + ":-default}");
    }
    return found && !found->empty() ? *found : expression.substr(mark + 2);
  }

  Result<std::string> file(const ConfigValue& from, const std::string& path) {
    if (path.empty()) return from.error("${file:} names no file; write ${file:/path}");
    auto text = variables_.read_file(path);
    if (!text) return from.error("the file " + path + " " + text.error().message());
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    return *std::move(text);
  }

  const Variables& variables_;
  std::set<std::string> used_;
};

/// Where what ${expression} stands for comes from.
std::string origin_of(const std::string& expression, const Variables& variables) {
  if (expression.starts_with(kFilePrefix)) {
    return "file " + expression.substr(kFilePrefix.size());
  }
  const std::size_t mark = expression.find(":-");
  const std::string name = expression.substr(0, mark);
  if (variables.given.contains(name)) return "--var " + name;
  const auto found = variables.environment ? variables.environment(name) : std::nullopt;
  const bool is_set = found && (mark == std::string::npos || !found->empty());
  return is_set ? "environment " + name : "file";
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
void add_written(const ConfigValue& value, const Variables& variables,
                 std::map<std::pair<int, int>, WrittenText>& found) {
  for (const ConfigValue& item : value.items()) add_written(item, variables, found);
  for (const ConfigValue::Entry& entry : value.entries()) {
    add_written(entry.value, variables, found);
  }
  const std::string& text = value.text();
  WrittenText written;
  for (std::size_t i = text.find('$'); i != std::string::npos; i = text.find('$', i)) {
    const std::size_t end = text.compare(i, 2, "${") == 0 ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      i += 2;
      continue;
    }
    const std::string expression = text.substr(i + 2, end - i - 2);
    const std::string origin = origin_of(expression, variables);
    if (written.origin.find(origin) == std::string::npos) {
      written.origin += (written.origin.empty() ? "" : ", ") + origin;
    }
    if (expression.starts_with(kFilePrefix) || names_a_secret(expression)) written.is_secret = true;
    i = end;
  }
  if (written.origin.empty()) return;
  written.text = text;
  found[{value.location().line, value.location().column}] = std::move(written);
}

}  // namespace

std::map<std::pair<int, int>, WrittenText> written_texts(const ConfigValue& tree,
                                                         const Variables& variables) {
  std::map<std::pair<int, int>, WrittenText> found;
  add_written(tree, variables, found);
  return found;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
std::map<std::string, std::string> values_used(const ConfigValue& tree,
                                               const Variables& variables) {
  std::map<std::string, std::string> used;
  for (const ConfigValue& item : tree.items()) used.merge(values_used(item, variables));
  for (const ConfigValue::Entry& entry : tree.entries()) {
    used.merge(values_used(entry.value, variables));
  }
  const std::string& text = tree.text();
  for (std::size_t i = text.find("${"); i != std::string::npos; i = text.find("${", i + 1)) {
    if (i > 0 && text[i - 1] == '$') continue;
    const std::string expression = text.substr(i + 2, text.find('}', i) - i - 2);
    const std::size_t mark = expression.find(":-");
    const std::string name = expression.substr(0, mark);
    if (!is_identifier(name) || names_a_secret(name)) continue;
    const auto given = variables.given.find(name);
    const auto found = variables.environment ? variables.environment(name) : std::nullopt;
    if (given != variables.given.end()) {
      used[name] = given->second;
    } else if (mark != std::string::npos && (!found || found->empty())) {
      used[name] = expression.substr(mark + 2);
    } else if (found) {
      used[name] = *found;
    }
  }
  return used;
}

Variables system_variables(std::map<std::string, std::string> given) {
  Variables variables;
  variables.given = std::move(given);
  variables.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  variables.read_file = [](const std::string& path) { return read_text_file(path, kFileBytesMax); };
  return variables;
}

Result<ConfigValue> put_in_variables(const ConfigValue& tree, const Variables& variables) {
  Substitution substitution(variables);
  auto done = substitution.value(tree);
  if (!done) return done;
  SLUICE_TRY(substitution.all_given_are_used());
  return done;
}

}  // namespace sluice::config
