#include <algorithm>
#include <charconv>
#include <span>

#include "formats/json_compact.h"
#include "formats/json_items.h"
#include "formats/json_lenient.h"
#include "formats/json_path.h"

namespace sluice::formats {
namespace {

/// A step of a path of Spark's (and Hive's).
struct Step {
  enum class Kind : unsigned char { kMember, kAnyMember, kElement, kEveryElement } kind;
  std::string name;
  std::int64_t index = 0;
};
using Steps = std::span<const Step>;

/// Reads `.name`, `['name']`, `[0]`, `[*]`; false for anything else.
class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  bool read(std::vector<Step>& steps) {
    if (!take("$")) return false;
    while (!text_.empty()) {
      if (!read_step(steps)) return false;
    }
    return true;
  }

 private:
  bool take(std::string_view words) {
    if (!text_.starts_with(words)) return false;
    text_.remove_prefix(words.size());
    return true;
  }

  bool take_name(std::string_view end, bool to_the_end, std::vector<Step>& steps) {
    const std::size_t size = std::min(text_.find_first_of(end), text_.size());
    if (size == 0 || (size == text_.size() && !to_the_end)) return false;
    steps.push_back({Step::Kind::kMember, std::string(text_.substr(0, size))});
    text_.remove_prefix(size);
    return true;
  }

  bool read_step(std::vector<Step>& steps) {
    if (take(".*") || take("['*']")) {
      steps.push_back({Step::Kind::kAnyMember, ""});
      return true;
    }
    if (take("[*]")) {
      steps.push_back({Step::Kind::kEveryElement, ""});
      return true;
    }
    if (take("['")) return take_name("'", false, steps) && take("']");
    if (take(".")) {
      // Scala's parser skips blanks before a word.
      text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
      return take_name(".[", true, steps);
    }
    if (!take("[")) return false;
    Step step{Step::Kind::kElement, ""};
    const auto [end, code] = std::from_chars(text_.data(), text_.data() + text_.size(), step.index);
    if (code != std::errc() || step.index < 0) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    steps.push_back(step);
    return take("]");
  }

  std::string_view text_;
};

/// What values become, with the commas between those of a list.
class Writer {
 public:
  void open() {
    begin_value();
    text_ += '[';
    lists_.push_back(false);
  }
  void close() {
    text_ += ']';
    lists_.pop_back();
  }
  void value(std::string_view json) {
    begin_value();
    text_ += json;
  }
  std::string take() { return std::move(text_); }

 private:
  void begin_value() {
    if (lists_.empty()) return;
    if (lists_.back()) text_ += ',';
    lists_.back() = true;
  }

  std::string text_;
  std::vector<bool> lists_;  ///< the open ones: whether they have a value
};

/// How a text is written, and a list that a path ends at.
enum class Form : unsigned char { kRaw, kQuoted, kFlat };

/// Spark's rules, which are Hive's: whether anything was found and written.
bool write_matches(std::string_view value, Steps steps, Form form, Writer& out);

bool write_each(std::string_view list, Steps steps, Form form, Writer& out, int& found) {
  for (JsonItems items(list); items.next();) {
    if (write_matches(items.value(), steps, form, out)) ++found;
  }
  return found > 0;
}

bool is_every(Steps steps, std::size_t at) {
  return at < steps.size() && steps[at].kind == Step::Kind::kEveryElement;
}

bool write_list_matches(std::string_view list, Steps steps, Form form, Writer& out) {
  int found = 0;
  if (is_every(steps, 0)) {
    if (is_every(steps, 1)) {
      out.open();
      write_each(list, steps.subspan(2), Form::kFlat, out, found);
      out.close();
      return found > 0;
    }
    if (form == Form::kQuoted) {
      out.open();
      write_each(list, steps.subspan(1), Form::kQuoted, out, found);
      out.close();
      return found > 0;
    }
    // A list of one match is that match.
    Writer matches;
    matches.open();
    const Form below = form == Form::kRaw ? Form::kQuoted : form;
    write_each(list, steps.subspan(1), below, matches, found);
    matches.close();
    const std::string text = matches.take();
    if (found > 1) out.value(text);
    if (found == 1) out.value(std::string_view(text).substr(1, text.size() - 2));
    return found > 0;
  }
  if (steps[0].kind != Step::Kind::kElement) return false;
  const Form below = is_every(steps, 1) ? Form::kQuoted : form;
  std::int64_t index = steps[0].index;
  for (JsonItems items(list); items.next();) {
    if (index-- == 0) return write_matches(items.value(), steps.subspan(1), below, out);
  }
  return false;
}

bool write_matches(std::string_view value, Steps steps, Form form, Writer& out) {
  const char first = value.front();
  if (steps.empty()) {
    int found = 0;
    if (first == '[' && form == Form::kFlat) return write_each(value, steps, form, out, found);
    if (first == '"' && form == Form::kRaw) {
      out.value(string_of(value));
    } else {
      data::Arena arena;
      out.value(compact_json(value, arena));
    }
    return true;
  }
  if (first == '[') return write_list_matches(value, steps, form, out);
  if (first != '{' || steps[0].kind != Step::Kind::kMember) return false;
  for (JsonItems items(value); items.next();) {
    if (!items.has_key(steps[0].name) || items.value() == "null") continue;
    if (write_matches(items.value(), steps.subspan(1), form, out)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> get_json_object(std::string_view text, std::string_view path) {
  std::vector<Step> steps;
  if (!PathReader(path).read(steps)) return std::nullopt;
  std::string plain;
  if (!is_json(text)) {
    if (!to_plain_json(text, JsonRoot::kValue, plain, /*words=*/false)) return std::nullopt;
    text = plain;
  }
  const char* const end = text.data() + text.size();
  const char* const first = skip_space(text.data(), end);
  JsonSeen seen;
  const char* const last = skip_value(first, end, 0, seen);
  Writer out;
  const std::string_view value(first, static_cast<std::size_t>(last - first));
  if (!write_matches(value, steps, Form::kRaw, out)) return std::nullopt;
  return out.take();
}

}  // namespace sluice::formats
