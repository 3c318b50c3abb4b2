#include "formats/foreign_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace sluice::formats {
namespace {

using namespace std::string_view_literals;

/// Fewer bytes prove nothing.
constexpr std::size_t kUtf16BytesMin = 8;
constexpr std::size_t kUtf16BytesMax = 256;

constexpr std::string_view kConvert = "; save it as UTF-8, as with iconv -t UTF-8 -f ";

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kBeginnings = {{
    {"PK\x03\x04"sv, "is a zip archive (or a file of Excel); unpack it, or export it as CSV"},
    {"PK\x05\x06"sv, "is an empty zip archive"},
    {"PAR1\x15"sv, "is a Parquet file; read it with the source 'parquet'"},
    {"ARROW1\0\0"sv, "is an Arrow file; write it as Parquet"},
    {"Obj\x01"sv, "is an Avro file; write it as Parquet or JSON lines"},
    {"\xFD"
     "7zXZ\0"sv,
     "is compressed with xz; unpack it, or pack it with gzip or zstd"},
    {"7z\xBC\xAF\x27\x1C"sv, "is a 7z archive; unpack it"},
    {"\xD0\xCF\x11\xE0"sv, "is a file of an office program; export it as CSV"},
    {"%PDF-"sv, "is a PDF file"},
    {"SQLite format 3\0"sv, "is a database of SQLite; export its tables as CSV"},
    {"\x04\x22\x4D\x18"sv, "is compressed with lz4; unpack it, or pack it with gzip or zstd"},
}};

/// "UTF-16LE", ...; "" where it is none.
std::string_view wide_encoding(std::string_view text) {
  if (text.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32LE";
  if (text.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32BE";
  if (text.starts_with("\xFF\xFE"sv)) return "UTF-16LE";
  if (text.starts_with("\xFE\xFF"sv)) return "UTF-16BE";
  const std::size_t bytes = std::min(text.size(), kUtf16BytesMax) & ~std::size_t{1};
  if (bytes < kUtf16BytesMin) return "";
  // Without a mark: each second byte of Latin letters is a zero.
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < bytes; ++i) zeros[i % 2] += text[i] == '\0' ? 1 : 0;
  if (zeros[0] == 0 && zeros[1] == bytes / 2) return "UTF-16LE";
  if (zeros[1] == 0 && zeros[0] == bytes / 2) return "UTF-16BE";
  return "";
}

/// Lines of old Macs. A quote before the first CR may hold it.
bool has_lines_of_cr(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return false;
  const std::size_t cr = text.find('\r');
  return cr != std::string_view::npos && cr + 1 < text.size() &&
         text.substr(0, cr).find('"') == std::string_view::npos;
}

}  // namespace

std::optional<std::string> foreign_text(std::string_view beginning) {
  for (const auto& [bytes, what] : kBeginnings) {
    if (beginning.starts_with(bytes)) return std::string(what);
  }
  if (beginning.starts_with("BZh"sv) && beginning.substr(4).starts_with("1AY&SY"sv)) {
    return "is compressed with bzip2; unpack it, or pack it with gzip or zstd";
  }
  if (const std::string_view encoding = wide_encoding(beginning); !encoding.empty()) {
    return "is text in " + std::string(encoding.substr(0, 6)) + ", not UTF-8" +
           std::string(kConvert) + std::string(encoding);
  }
  if (has_lines_of_cr(beginning)) {
    return "has lines that end with CR alone, as old Macs wrote them; write it with LF, as with tr "
           "'\\r' '\\n'";
  }
  return std::nullopt;
}

}  // namespace sluice::formats
