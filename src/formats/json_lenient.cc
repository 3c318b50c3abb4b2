#include "formats/json_lenient.h"

#include <bitset>
#include <cstdint>

#include <simdjson.h>

#include "base/utf8_text.h"
#include "formats/json_cursor.h"

namespace sluice::formats {

namespace {

// Reads lenient JSON, writes plain JSON.
class Rewriter {
 public:
  Rewriter(std::string_view text, std::string& out, bool words)
      : text_(text), out_(out), words_(words) {}

  bool rewrite(JsonRoot root) {
    skip_blanks();
    if (!at_char('{') && !(root == JsonRoot::kValue && at_char('['))) return false;
    std::bitset<kNestingMax> is_object;
    std::size_t level = 0;
    do {
      bool opened = false;
      if (at_char('{') || at_char('[')) {
        if (level == kNestingMax) return false;
        is_object[level++] = at_char('{');
        copy_char();
        opened = !at_char('}') && !at_char(']');
      } else if (!rewrite_scalar()) {
        return false;
      }
      while (!opened && level > 0) {
        skip_blanks();
        if (at_char(',')) {
          copy_char();
          break;
        }
        if (!at_char(is_object[level - 1] ? '}' : ']')) return false;
        out_ += text_[at_++];
        --level;
      }
      if (level > 0 && is_object[level - 1] && !rewrite_key()) return false;
    } while (level > 0);
    return true;
  }

 private:
  bool at_char(char c) const { return at_ < text_.size() && text_[at_] == c; }

  void copy_char() {
    out_ += text_[at_++];
    skip_blanks();
  }

  void skip_blanks() {
    const char* const end = text_.data() + text_.size();
    at_ = static_cast<std::size_t>(skip_space(text_.data() + at_, end) - text_.data());
  }

  bool rewrite_key() {
    if (!rewrite_string()) return false;
    skip_blanks();
    if (!at_char(':')) return false;
    copy_char();
    return true;
  }

  bool rewrite_scalar() {
    if (at_char('"') || at_char('\'')) return rewrite_string();
    const std::string_view rest = text_.substr(at_);
    for (const std::string_view word : {"true", "false", "null"}) {
      if (rest.starts_with(word)) return copy(word.size(), false);
    }
    for (const std::string_view word :
         {"NaN", "Infinity", "+Infinity", "-Infinity", "+INF", "-INF"}) {
      if (rest.starts_with(word)) return words_ && copy(word.size(), true);
    }
    const char* const start = text_.data() + at_;
    const char* const past = skip_number(start, text_.data() + text_.size());
    return past != nullptr && copy(static_cast<std::size_t>(past - start), false);
  }

  bool copy(std::size_t bytes, bool quoted) {
    if (quoted) out_ += '"';
    out_ += text_.substr(at_, bytes);
    if (quoted) out_ += '"';
    at_ += bytes;
    return true;
  }

  bool rewrite_string() {
    if (!at_char('"') && !at_char('\'')) return false;
    const char mark = text_[at_++];
    out_ += '"';
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == mark) {
        ++at_;
        out_ += '"';
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\') {
        if (!rewrite_escape()) return false;
        continue;
      }
      if (c == '"') out_ += '\\';
      out_ += c;
      ++at_;
    }
    return false;
  }

  bool rewrite_escape() {
    if (at_ + 1 == text_.size()) return false;
    const char c = text_[at_ + 1];
    if (c == '\'') {
      out_ += c;
      at_ += 2;
      return true;
    }
    if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) return copy(2, false);
    const char* const end = text_.data() + text_.size();
    const int unit = escaped_unit(text_.data() + at_, end);
    if (unit < 0) return false;
    if (unit < 0xd800 || unit > 0xdfff) return copy(6, false);
    const int low = unit < 0xdc00 ? escaped_unit(text_.data() + at_ + 6, end) : -1;
    if (low >= 0xdc00 && low <= 0xdfff) return copy(12, false);
    out_ += '?';
    at_ += 6;
    return true;
  }

  std::string_view text_;
  std::string& out_;
  bool words_;
  std::size_t at_ = 0;
};

}  // namespace

bool to_plain_json(std::string_view lenient, JsonRoot root, std::string& strict, bool words) {
  strict.clear();
  if (simdjson::validate_utf8(lenient.data(), lenient.size())) {
    return Rewriter(lenient, strict, words).rewrite(root);
  }
  const std::string valid = with_valid_utf8(lenient);
  return Rewriter(valid, strict, words).rewrite(root);
}

}  // namespace sluice::formats
