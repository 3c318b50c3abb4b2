#include "connectors/files/csv_text.h"

#include <algorithm>

#include "base/shown_text.h"
#include "base/utf8_text.h"
#include "formats/foreign_text.h"
#include "io/unpacked_file.h"

namespace sluice::connectors {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;
constexpr std::size_t kRecordBytesMax = 64 << 20;
constexpr std::size_t kArenaBytesMax = 1 << 20;

}  // namespace

CsvText::CsvText(std::istream& input, const formats::CsvStyle& style)
    : input_(input),
      style_(style),
      syntax_{.csv = true,
              .delimiter = style.delimiter,
              .quote = style.quote,
              .escape = style.escape,
              .trim = style.trim} {}

Error CsvText::at_line(const std::string& problem) const {
  return user_error("csv: " + problem + "; line=" + std::to_string(record_line_));
}

/// Gets more of the input after what is left, which doubles: no record is looked through often.
Status CsvText::fill() {
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t left = buffer_.size();
  if (left > kRecordBytesMax) {
    return at_line("a record is longer than " + std::to_string(kRecordBytesMax) + " bytes");
  }
  buffer_.resize(left + std::max(kBlockBytes, left));
  input_.read(buffer_.data() + left, static_cast<std::streamsize>(buffer_.size() - left));
  buffer_.resize(left + static_cast<std::size_t>(input_.gcount()));
  if (input_.bad()) return user_error("csv: the input cannot be read");
  is_end_ = input_.eof();
  if (!is_first_) return {};
  is_first_ = false;
  if (const auto packing = io::packing_by_content(buffer_)) {
    return user_error(std::string("csv: the input is compressed with ") +
                      (*packing == io::Packing::kGzip ? "gzip; give it through zcat: zcat FILE"
                                                      : "zstd; give it through zstdcat: zstdcat "
                                                        "FILE") +
                      " | sluice produce --csv - ...");
  }
  if (const auto what = formats::foreign_text(buffer_))
    return user_error("csv: the input " + *what);
  if (buffer_.starts_with(kByteOrderMark)) position_ = kByteOrderMark.size();
  return {};
}

Result<bool> CsvText::next(std::vector<formats::CsvField>& fields) {
  if (arena_.bytes() > kArenaBytesMax) arena_ = data::Arena();
  fields.clear();
  while (true) {
    record_line_ = line_;
    const std::string_view rest = std::string_view(buffer_).substr(position_);
    RecordEnd end;
    if (!rest.empty()) end = next_record(rest, is_end_, syntax_);
    if (!end.found) {
      if (is_end_ && !is_first_) return false;
      SLUICE_TRY(fill());
      continue;
    }
    const std::string_view record = rest.substr(0, end.bytes);
    position_ += end.next;
    line_ += end.lines;
    if (is_blank(record, syntax_)) continue;
    if (const std::size_t valid = valid_utf8_bytes(record); valid < record.size()) {
      return at_line("the line has bytes that are not UTF-8 (" +
                     shown_text(record.substr(valid), 12) +
                     "); save the file as UTF-8, as with iconv -t UTF-8 -f LATIN1");
    }
    if (formats::split_csv(record, style_, arena_, fields) == formats::Reason::kNone) return true;
    return at_line("a quote is not closed, or text follows a closing one (" + shown_text(record) +
                   "); write \"\" for a quote inside quotes");
  }
}

}  // namespace sluice::connectors
