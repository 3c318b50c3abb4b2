#include "config/yaml.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "config/source_text.h"

namespace sluice::config {
namespace {

/// What yaml-cpp says, and what a user can do with.
struct Translation {
  std::string_view theirs;
  std::string_view ours;
};

const std::array<Translation, 17> kTranslations = {{
    {YAML::ErrorMsg::TAB_IN_INDENTATION,
     "there is a tab where YAML requires spaces; indent with spaces"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN,
     "this is not YAML; put quotes around a text that starts with a special character, and indent "
     "with spaces, not tabs"},
    {YAML::ErrorMsg::END_OF_MAP, "this line is not indented like its neighbours, or lacks a ':'"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW,
     "a '{' has no '}'; put quotes around a text that holds { } [ ] or ,"},
    {YAML::ErrorMsg::END_OF_SEQ, "this line is not indented like the other items of the list"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW,
     "a '[' has no ']'; put quotes around a text that holds { } [ ] or ,"},
    {YAML::ErrorMsg::FLOW_END,
     "a '}' or ']' closes nothing; put quotes around a text that holds { } [ ]"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a list item '- ' cannot be here; put it on a line of its own"},
    {YAML::ErrorMsg::MAP_KEY, "a key cannot be here; check the indentation"},
    {YAML::ErrorMsg::MAP_VALUE,
     "a second ': ' on this line, or wrong indentation; put quotes around a text that holds ': '"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is opened here and never closed"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a quote is opened and not closed before the '---'"},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "put quotes around a text that starts with '*'"},
    {YAML::ErrorMsg::ANCHOR_NOT_FOUND, "put quotes around a text that starts with '&'"},
    {YAML::ErrorMsg::CHAR_IN_ALIAS, "put quotes around a text that starts with '*'"},
    {YAML::ErrorMsg::CHAR_IN_ANCHOR, "put quotes around a text that starts with '&'"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR,
     "aliases are not allowed; put quotes around a text that starts with '*'"},
}};

std::string translated(const std::string& message) {
  for (const Translation& entry : kTranslations) {
    if (message == entry.theirs) return std::string(entry.ours);
  }
  if (message.starts_with(YAML::ErrorMsg::INVALID_ESCAPE)) {
    return message + "; in double quotes write \\\\ for a backslash, or use single quotes";
  }
  return message;
}

/// Builds the tree from yaml-cpp's events, which come before any alias is expanded. After the first
/// problem it takes nothing more in; yaml-cpp reads on, in bounded memory.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const SourceText& source) : source_(source) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      refuse(mark, "a second YAML document begins here; keep one pipeline a file");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& /*mark*/, const std::string& /*name*/) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!admitted(mark, "", anchor)) return;
    // `on_error: null` means the word: no option takes a null, and one left out is just not there.
    // The mark of an empty value may be that of the next key, which may begin alike.
    const std::string_view line = source_.line(mark.line + 1);
    const std::string_view rest =
        line.substr(std::min(line.size(), static_cast<std::size_t>(mark.column)));
    const std::string_view word = rest.substr(0, rest.find_first_of(" ,]}"));
    if (word == "null" || word == "Null" || word == "NULL") {
      add(ConfigValue::scalar(std::string(word), /*quoted=*/false, place(mark)));
    } else {
      add(ConfigValue::null(place(mark)));
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark,
           "aliases are not allowed; write the value out, or put quotes around a text that starts "
           "with '*'");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!admitted(mark, tag, anchor)) return;
    const bool quoted = tag == "!";
    const Location location = place(mark);
    const char first = source_.at(location);
    // yaml-cpp takes the end of the file for a closing quote.
    if (quoted && (first == '"' || first == '\'') && !source_.quote_closes(location)) {
      refuse(mark, "a quote is opened here and never closed");
      return;
    }
    const bool block = quoted && (first == '|' || first == '>');
    add(ConfigValue::scalar(value, quoted, block ? source_.first_text_after(location) : location));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    if (admitted(mark, tag, anchor)) open(mark, /*is_map=*/false);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    if (admitted(mark, tag, anchor)) open(mark, /*is_map=*/true);
  }
  void OnMapEnd() override { close(); }

  Result<ConfigValue> take() {
    if (problem_) return std::move(*problem_);
    return std::move(root_);
  }
  bool failed() const { return problem_.has_value(); }

 private:
  struct Level {
    bool is_map = false;
    Location location;
    std::vector<ConfigValue> items;
    std::vector<ConfigValue::Entry> entries;
    bool key_taken = false;  // the last entry waits for its value
  };

  Location place(const YAML::Mark& mark) const {
    return {source_.file(), mark.line + 1, mark.column + 1};
  }

  void refuse(const YAML::Mark& mark, const std::string& message) { refuse(place(mark), message); }
  void refuse(Location location, const std::string& message) {
    if (!problem_) problem_ = ConfigValue::null(std::move(location)).error(message);
  }

  bool admitted(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (problem_) return false;
    if (anchor != YAML::NullAnchor) {
      refuse(mark,
             "anchors are not allowed; remove the '&', or put quotes around a text that starts "
             "with it");
    } else if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, "tags are not allowed; put quotes around a text that starts with '!'");
    } else if (++values_ > kYamlValuesMax) {
      refuse(mark, "more than " + std::to_string(kYamlValuesMax) + " values in one file");
    }
    return !problem_;
  }

  void open(const YAML::Mark& mark, bool is_map) {
    if (expects_key()) {
      refuse(mark, "a key must be a plain text; put quotes around a text that starts with { or [");
      return;
    }
    if (levels_.size() >= kYamlDepthMax) {
      refuse(mark, "nested deeper than " + std::to_string(kYamlDepthMax) + " levels");
      return;
    }
    Level level;
    level.is_map = is_map;
    level.location = place(mark);
    levels_.push_back(std::move(level));
  }

  void close() {
    if (problem_) return;
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(level.is_map ? ConfigValue::map(std::move(level.entries), std::move(level.location))
                     : ConfigValue::list(std::move(level.items), std::move(level.location)));
  }

  bool expects_key() const {
    return !levels_.empty() && levels_.back().is_map && !levels_.back().key_taken;
  }

  void add(ConfigValue value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (!levels_.back().is_map) {
      levels_.back().items.push_back(std::move(value));
    } else if (levels_.back().key_taken) {
      add_value(std::move(value));
    } else {
      add_key(value);
    }
  }

  void add_value(ConfigValue value) {
    ConfigValue::Entry& entry = levels_.back().entries.back();
    levels_.back().key_taken = false;
    if (value.shape() != ConfigValue::Shape::kNull) {
      entry.value = std::move(value);
    } else if (entry.key.find(' ') != std::string::npos) {
      refuse(entry.key_location,
             "this line has no ': '; write a key, a colon, a space and a value");
    }
    // What is not there keeps the place of its key.
  }

  void add_key(const ConfigValue& key) {
    if (key.shape() != ConfigValue::Shape::kScalar) {
      refuse(key.location(), "a key must be a plain text");
      return;
    }
    Level& level = levels_.back();
    for (const ConfigValue::Entry& entry : level.entries) {
      if (entry.key != key.text()) continue;
      refuse(key.location(), "the key '" + key.text() + "' is here twice; the first is on line " +
                                 std::to_string(entry.key_location.line));
      return;
    }
    level.entries.push_back({key.text(), key.location(), ConfigValue::null(key.location())});
    level.key_taken = true;
  }

  const SourceText& source_;
  std::vector<Level> levels_;
  ConfigValue root_;
  std::size_t values_ = 0;
  int documents_ = 0;
  std::optional<Error> problem_;
};

/// `{path: ${OUT}}` without quotes is the commonest slip of all: say so instead of yaml-cpp's
/// words.
std::string unquoted_variable_hint(std::string_view line) {
  const std::size_t dollar = line.find("${");
  if (dollar == std::string_view::npos) return "";
  const std::size_t brace = line.find_first_of("{[");
  const bool in_flow = brace != std::string_view::npos && brace < dollar;
  const bool quoted =
      dollar > 0 && line.substr(0, dollar).find_first_of("\"'") != std::string_view::npos;
  if (!in_flow || quoted) return "";
  return "put quotes around ${...} inside { } or [ ]: \"${NAME}\"";
}

/// What an exception of yaml-cpp means, which for the commonest slips names neither the place
/// nor the reason.
Error explained(const YAML::Exception& exception, const SourceText& source) {
  if (exception.mark.is_null()) return user_error(source.file() + ": " + translated(exception.msg));
  const Location location{source.file(), exception.mark.line + 1, exception.mark.column + 1};
  const std::string_view line = source.line(location.line);
  const std::size_t tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos) {
    return ConfigValue::null({source.file(), location.line, static_cast<int>(tab) + 1})
        .error("there is a tab where YAML requires spaces; indent with spaces");
  }
  const std::string hint = unquoted_variable_hint(line);
  return ConfigValue::null(location).error(hint.empty() ? translated(exception.msg) : hint);
}

}  // namespace

Result<ConfigValue> parse_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kYamlBytesMax) {
    return user_error(file + ": is larger than " + std::to_string(kYamlBytesMax >> 20) +
                      " MiB, too large for a pipeline file");
  }
  const SourceText source(text, file);
  if (const auto bad = source.first_bad_byte()) {
    return ConfigValue::null(*bad).error(
        "is not a text file in UTF-8; is this the right file, and saved as UTF-8?");
  }
  TreeBuilder builder(source);
  try {
    std::istringstream stream{std::string(source.text())};
    YAML::Parser parser(stream);
    while (!builder.failed() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& exception) {
    if (!builder.failed()) return explained(exception, source);
  }
  return builder.take();
}

}  // namespace sluice::config
