#include "connectors/kafka/csv_lines.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr int kEnd = -1;

}  // namespace

CsvLines::CsvLines(std::istream& input, char delimiter)
    : input_(input), delimiter_(delimiter), buffer_(kBufferBytes) {}

bool CsvLines::fill() {
  input_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  position_ = 0;
  end_ = static_cast<std::size_t>(input_.gcount());
  if (first_) {
    first_ = false;
    if (std::string_view(buffer_.data(), end_).starts_with("\xEF\xBB\xBF")) position_ = 3;
  }
  return position_ < end_;
}

int CsvLines::peek() {
  if (position_ == end_ && !fill()) return kEnd;
  return static_cast<unsigned char>(buffer_[position_]);
}

int CsvLines::get() {
  const int byte = peek();
  if (byte == kEnd) return kEnd;
  ++position_;
  if (byte == '\n') ++line_;
  return byte;
}

/// What stands between the quotes; the opening one is taken.
Status CsvLines::read_quoted(std::string& text) {
  const std::uint64_t opened = line_;
  while (true) {
    const int byte = get();
    if (byte == kEnd) {
      return user_error("csv: a quoted field is not closed; line=" + std::to_string(opened) +
                        "; write \"\" for a quote inside quotes");
    }
    if (byte != '"') {
      text += static_cast<char>(byte);
    } else if (peek() == '"') {
      text += static_cast<char>(get());
    } else {
      return {};
    }
  }
}

Result<bool> CsvLines::next(std::vector<CsvField>& fields) {
  while (peek() == '\n' || peek() == '\r') get();
  record_line_ = line_;
  if (peek() == kEnd) {
    if (input_.bad()) return user_error("csv: the input cannot be read");
    fields.clear();
    return false;
  }
  std::size_t count = 0;
  while (true) {
    if (fields.size() == count) fields.emplace_back();
    CsvField& field = fields[count++];
    field.text.clear();
    field.quoted = peek() == '"';
    if (field.quoted) {
      get();
      SLUICE_TRY(read_quoted(field.text));
    }
    int byte = get();
    while (byte != kEnd && byte != '\n' && byte != delimiter_) {
      field.text += static_cast<char>(byte);
      byte = get();
    }
    if (byte == delimiter_) continue;
    if (!field.text.empty() && field.text.back() == '\r') field.text.pop_back();
    fields.resize(count);
    return true;
  }
}

}  // namespace sluice::connectors::kafka
