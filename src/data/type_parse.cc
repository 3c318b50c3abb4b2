#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "data/type.h"
#include "data/type_names.h"

namespace sluice::data {

namespace {

// Deeper types are a slip or an attack; the parser and everything that uses it recurse.
constexpr int kNestingMax = 64;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

class TypeParser {
 public:
  /// `is_file`: the text has lines and comments.
  explicit TypeParser(std::string_view text, bool is_file = false)
      : text_(text), is_file_(is_file) {}

  Result<Schema> parse_columns() {
    SLUICE_ASSIGN(std::vector<Field> fields, parse_fields(0));
    skip_spaces();
    if (at_ != text_.size()) return error("unexpected '" + std::string(rest()) + "'");
    return Schema(std::move(fields));
  }

  Result<Type> parse_all() {
    SLUICE_ASSIGN(Type type, parse_type(0));
    skip_spaces();
    if (at_ != text_.size()) return error("unexpected '" + std::string(rest()) + "'");
    return type;
  }

 private:
  std::string_view rest() const {
    const std::string_view rest = text_.substr(at_, 24);
    return is_file_ ? rest.substr(0, rest.find('\n')) : rest;
  }

  Error error(const std::string& what) const {
    if (!is_file_) return user_error("type '" + std::string(text_) + "': " + what);
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return user_error("line " + std::to_string(line) + ": " + what);
  }

  void skip_spaces() {
    while (at_ < text_.size()) {
      if (is_file_ && text_.substr(at_).starts_with("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (is_space(text_[at_])) {
        ++at_;
      } else {
        return;
      }
    }
  }

  bool take(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view take_word() {
    skip_spaces();
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  // The next word when it is `word`.
  bool take_keyword(std::string_view word) {
    const std::size_t before = at_;
    if (upper(take_word()) == word) return true;
    at_ = before;
    return false;
  }

  // Names of types may have several words: TIMESTAMP WITH TIME ZONE.
  std::string take_name() {
    std::string name = upper(take_word());
    if (name == "DOUBLE" && take_keyword("PRECISION")) return "DOUBLE PRECISION";
    if (name == "CHARACTER" && take_keyword("VARYING")) return "CHARACTER VARYING";
    if (name == "TIMESTAMP" || name == "TIME") {
      for (const std::string_view way : {"WITH", "WITHOUT"}) {
        const std::size_t before = at_;
        if (take_keyword(way) && take_keyword("TIME") && take_keyword("ZONE")) {
          return name + " " + std::string(way) + " TIME ZONE";
        }
        at_ = before;
      }
    }
    return name;
  }

  Result<Type> parse_type(int depth) {
    if (depth > kNestingMax) return error("nested deeper than " + std::to_string(kNestingMax));
    skip_spaces();
    const std::size_t start = at_;
    SLUICE_ASSIGN(Type type, parse_named(depth));
    while (take('[')) {
      if (depth + ++lists_ > kNestingMax) return error("nested deeper than 64");
      if (take(']')) {
        type = Type::list(std::move(type));
        continue;
      }
      if (take_word().empty() || !take(']')) return error("a list is written INTEGER[]");
      type = Type::other(std::string(text_.substr(start, at_ - start)));
    }
    return type;
  }

  Result<Type> parse_named(int depth) {
    const std::size_t start = at_;
    const std::string name = take_name();
    if (name.empty()) return error("expected the name of a type at '" + std::string(rest()) + "'");
    if (name == "TIME WITH TIME ZONE" ||
        std::find(kBareOthers.begin(), kBareOthers.end(), name) != kBareOthers.end()) {
      return Type::other(name);
    }
    const auto* alias = std::find_if(kTypeAliases.begin(), kTypeAliases.end(),
                                     [&](const TypeAlias& one) { return one.name == name; });
    if (alias == kTypeAliases.end()) return unknown(text_.substr(start, at_ - start));
    switch (alias->id) {
      case TypeId::kDecimal:
        return parse_decimal();
      case TypeId::kStruct:
        return parse_struct(depth);
      case TypeId::kList:
      case TypeId::kMap:
        return parse_container(alias->id, depth);
      case TypeId::kOther:
        return parse_other(start);
      case TypeId::kVarchar:
      case TypeId::kTimestamp:
        return parse_with_ignored_length(alias->id);
      default:
        return Type(alias->id);
    }
  }

  Error unknown(std::string_view name) const {
    std::vector<std::string> names;
    for (const TypeAlias& alias : kTypeAliases) names.emplace_back(alias.name);
    return error("unknown type '" + std::string(name) + "'" + did_you_mean(upper(name), names));
  }

  Result<int> parse_number() {
    const std::string_view word = take_word();
    int number = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty() || code != std::errc() || end != word.data() + word.size()) {
      return error("expected a number, as in DECIMAL(18,2)");
    }
    return number;
  }

  // VARCHAR(20) is VARCHAR, as in DuckDB: the length is not checked.
  Result<Type> parse_with_ignored_length(TypeId id) {
    if (!take('(')) return Type(id);
    SLUICE_TRY(parse_number());
    if (!take(')')) return error("')' is missing");
    return Type(id);
  }

  Result<Type> parse_decimal() {
    // DuckDB's default.
    if (!take('(')) return Type::decimal(18, 3);
    SLUICE_ASSIGN(const int width, parse_number());
    int scale = 0;
    if (take(',')) {
      SLUICE_ASSIGN(scale, parse_number());
    }
    if (!take(')')) return error("')' is missing");
    if (width < 1 || width > 38) return error("the width of a DECIMAL is 1 to 38 digits");
    if (scale > width) return error("the scale of a DECIMAL is at most its width");
    return Type::decimal(width, scale);
  }

  // '(' or Spark's '<'; the closing sign, or 0.
  char take_open() { return take('(') ? ')' : take('<') ? '>' : '\0'; }

  Result<std::string> parse_field_name() {
    skip_spaces();
    const char mark = at_ < text_.size() ? text_[at_] : '\0';
    if (mark != '"' && mark != '`') {
      const std::string_view word = take_word();
      if (word.empty()) return error("expected a field's name at '" + std::string(rest()) + "'");
      return std::string(word);
    }
    std::string name;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == mark) {
        ++at_;
        if (at_ >= text_.size() || text_[at_] != mark) return name;
      }
      name += text_[at_];
    }
    return error("a quoted name has no end");
  }

  Result<Type> parse_struct(int depth) {
    const char close = take_open();
    if (close == '\0') return error("a struct is written STRUCT(name TYPE, ...)");
    SLUICE_ASSIGN(std::vector<Field> fields, parse_fields(depth));
    if (!take(close)) return error(std::string("'") + close + "' is missing");
    return Type::structure(std::move(fields));
  }

  Result<std::vector<Field>> parse_fields(int depth) {
    std::vector<Field> fields;
    do {
      SLUICE_ASSIGN(std::string name, parse_field_name());
      take(':');
      SLUICE_ASSIGN(Type type, parse_type(depth + 1));
      for (const Field& field : fields) {
        if (upper(field.name) == upper(name)) return error("field '" + name + "' is there twice");
      }
      fields.push_back({std::move(name), std::move(type)});
    } while (take(','));
    return fields;
  }

  Result<Type> parse_container(TypeId id, int depth) {
    const char close = take_open();
    const bool is_map = id == TypeId::kMap;
    if (close == '\0') {
      return error(is_map ? "a map is written MAP(KEY, VALUE)" : "a list is written INTEGER[]");
    }
    SLUICE_ASSIGN(Type first, parse_type(depth + 1));
    if (!is_map) {
      if (!take(close)) return error(std::string("'") + close + "' is missing");
      return Type::list(std::move(first));
    }
    if (!take(',')) return error("a map is written MAP(KEY, VALUE)");
    SLUICE_ASSIGN(Type value, parse_type(depth + 1));
    if (!take(close)) return error(std::string("'") + close + "' is missing");
    return Type::map(std::move(first), std::move(value));
  }

  // ENUM('a', 'b') and UNION(a INTEGER): kept as they are.
  Result<Type> parse_other(std::size_t start) {
    if (take('(')) {
      int open = 1;
      bool in_text = false;
      for (; at_ < text_.size() && open > 0; ++at_) {
        const char c = text_[at_];
        if (c == '\'') in_text = !in_text;
        if (!in_text && c == '(') ++open;
        if (!in_text && c == ')') --open;
      }
      if (open > 0) return error("')' is missing");
    }
    return Type::other(std::string(text_.substr(start, at_ - start)));
  }

  std::string_view text_;
  bool is_file_;
  std::size_t at_ = 0;
  int lists_ = 0;
};

}  // namespace

Result<Type> Type::parse(std::string_view text) { return TypeParser(text).parse_all(); }

Result<Schema> Schema::parse(std::string_view text) {
  return TypeParser(text, /*is_file=*/true).parse_columns();
}

}  // namespace sluice::data
