#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "app/plan/explanation.h"
#include "base/xml_text.h"

namespace sluice::app {
namespace {

constexpr int kBoxWidth = 220;
constexpr int kBoxHeight = 64;
constexpr int kColumnGap = 70;
constexpr int kRowGap = 24;
constexpr int kMargin = 20;
/// Of a line in a box; what is longer is cut.
constexpr std::size_t kLineCharacters = 30;

/// What is below a part's name.
std::string second_line(const ExplainedPart& part) {
  if (part.sort == "sink") return part.kind + ", " + part.mode;
  return part.kind;
}

std::string third_line(const ExplainedPart& part) {
  if (part.sort != "view") return part.watermark.empty() ? "" : "watermark " + part.watermark;
  if (part.kept.empty()) return "no state";
  const bool leaves =
      std::ranges::all_of(part.kept, [](const sql::KeptRows& kept) { return !kept.until.empty(); });
  return leaves ? "state, until the watermark" : "state, for ever";
}

std::string cut(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && characters++ == kLineCharacters) return text.substr(0, i) + "…";
  }
  return text;
}

using Numbers = std::map<const ExplainedPart*, std::size_t>;

Numbers numbers_of(const Explanation& explanation) {
  Numbers numbers;
  for (const ExplainedPart& part : explanation.parts) numbers.emplace(&part, numbers.size());
  return numbers;
}

struct Place {
  int x = 0;
  int y = 0;
};

/// Columns from left to right, each part right of all that it reads.
class Drawing {
 public:
  explicit Drawing(const Explanation& explanation) : explanation_(explanation) {
    for (const ExplainedPart& part : explanation.parts) place(part);
  }

  std::string svg() const {
    const std::string width = std::to_string(width_ + kMargin);
    const std::string height = std::to_string(height_ + kMargin);
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width +
                      "\" height=\"" + height + "\" viewBox=\"0 0 " + width + " " + height +
                      "\" font-family=\"sans-serif\" font-size=\"12\">\n<title>" +
                      xml_text(explanation_.name) + "</title>\n";
    for (const ExplainedPart& part : explanation_.parts) {
      for (const ExplainedPart* reader : explanation_.readers(part)) out += line(part, *reader);
    }
    for (const ExplainedPart& part : explanation_.parts) out += box(part);
    return out + "</svg>\n";
  }

 private:
  void place(const ExplainedPart& part) {
    std::size_t column = 0;
    for (const std::string& name : part.reads) {
      const ExplainedPart* input = explanation_.find(name);
      if (input != nullptr) column = std::max(column, columns_.at(input) + 1);
    }
    columns_[&part] = column;
    const int row = rows_[column]++;
    Place& at = places_[&part];
    at.x = kMargin + static_cast<int>(column) * (kBoxWidth + kColumnGap);
    at.y = kMargin + row * (kBoxHeight + kRowGap);
    width_ = std::max(width_, at.x + kBoxWidth);
    height_ = std::max(height_, at.y + kBoxHeight);
  }

  std::string line(const ExplainedPart& from, const ExplainedPart& to) const {
    const Place& left = places_.at(&from);
    const Place& right = places_.at(&to);
    const auto point = [](int x, int y) { return std::to_string(x) + " " + std::to_string(y); };
    const int begin = left.x + kBoxWidth;
    const int middle = (begin + right.x) / 2;
    const int from_y = left.y + kBoxHeight / 2;
    const int to_y = right.y + kBoxHeight / 2;
    return "<path d=\"M " + point(begin, from_y) + " C " + point(middle, from_y) + ", " +
           point(middle, to_y) + ", " + point(right.x, to_y) +
           "\" fill=\"none\" stroke=\"#888\"/>\n";
  }

  std::string box(const ExplainedPart& part) const {
    static const std::map<std::string, std::string> kFills = {
        {"source", "#e3f0fb"}, {"table", "#eee8f8"}, {"view", "#f4f4f4"}, {"sink", "#e5f5e8"}};
    const Place& at = places_.at(&part);
    const auto text = [&](int line, const std::string& words, const std::string& style) {
      return words.empty() ? ""
                           : "<text x=\"" + std::to_string(at.x + 10) + "\" y=\"" +
                                 std::to_string(at.y + 20 + line * 17) + "\"" + style + ">" +
                                 xml_text(cut(words)) + "</text>\n";
    };
    const bool has_state = !part.kept.empty();
    return "<rect x=\"" + std::to_string(at.x) + "\" y=\"" + std::to_string(at.y) + "\" width=\"" +
           std::to_string(kBoxWidth) + "\" height=\"" + std::to_string(kBoxHeight) +
           "\" rx=\"6\" fill=\"" + kFills.at(part.sort) + "\" stroke=\"#555\" stroke-width=\"" +
           (has_state ? "2.5" : "1") + "\"/>\n" +
           text(0, part.sort + " " + part.name, " font-weight=\"bold\"") +
           text(1, second_line(part), "") + text(2, third_line(part), " fill=\"#555\"");
  }

  const Explanation& explanation_;
  std::map<const ExplainedPart*, std::size_t> columns_;
  std::map<std::size_t, int> rows_;  // how many are in a column
  std::map<const ExplainedPart*, Place> places_;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace

std::string explanation_mermaid(const Explanation& explanation) {
  static const std::map<std::string, std::pair<std::string, std::string>> kShapes = {
      {"source", {"([", "])"}},
      {"table", {"[(", ")]"}},
      {"view", {"[", "]"}},
      {"sink", {"[/", "/]"}}};
  const Numbers numbers = numbers_of(explanation);
  const auto id = [&](const ExplainedPart& part) {
    return "p" + std::to_string(numbers.at(&part));
  };
  std::string out = "flowchart LR\n";
  for (const ExplainedPart& part : explanation.parts) {
    const auto& [opened, closed] = kShapes.at(part.sort);
    const std::string last = third_line(part);
    out += "  " + id(part) + opened + "\"" + xml_text(part.sort + " " + part.name) + "<br/>" +
           xml_text(second_line(part)) + (last.empty() ? "" : "<br/>" + xml_text(last)) + "\"" +
           closed + "\n";
  }
  for (const ExplainedPart& part : explanation.parts) {
    for (const ExplainedPart* reader : explanation.readers(part)) {
      out += "  " + id(part) + " --> " + id(*reader) + "\n";
    }
  }
  return out;
}

std::string explanation_svg(const Explanation& explanation) { return Drawing(explanation).svg(); }

}  // namespace sluice::app
