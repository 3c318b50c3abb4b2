#include "base/xml_text.h"

#include "base/utf8_text.h"

namespace sluice {

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : with_valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default: {
        const bool is_control =
            static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r';
        out += is_control ? std::string("\xEF\xBF\xBD") : std::string(1, c);
      }
    }
  }
  return out;
}

}  // namespace sluice
