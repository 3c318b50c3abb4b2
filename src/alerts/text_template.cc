#include "alerts/text_template.h"

#include "base/shown_text.h"

namespace sluice::alerts {

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  TextTemplate made;
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter != '{' && letter != '}') {
      plain += letter;
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == letter) {
      plain += letter;
      ++at;
      continue;
    }
    const std::size_t end = letter == '{' ? text.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos || end == at + 1) {
      return user_error("the brace in '" + shown_text(text.substr(at)) +
                        "' has no column; write {column}, or " + letter + letter +
                        " for the brace itself");
    }
    if (!plain.empty()) made.pieces_.push_back({std::exchange(plain, ""), false});
    made.pieces_.push_back({std::string(text.substr(at + 1, end - at - 1)), true});
    at = end;
  }
  if (!plain.empty()) made.pieces_.push_back({plain, false});
  return made;
}

std::vector<std::string> TextTemplate::names() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    if (piece.is_name) names.push_back(piece.text);
  }
  return names;
}

std::string TextTemplate::fill(
    const std::function<std::string(const std::string& name)>& value) const {
  std::string text;
  for (const Piece& piece : pieces_) text += piece.is_name ? value(piece.text) : piece.text;
  return text;
}

}  // namespace sluice::alerts
