#include "base/csv_text.h"

namespace sluice {

void append_csv_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char letter : field) out.append(letter == '"' ? 2 : 1, letter);
  out += '"';
}

}  // namespace sluice
