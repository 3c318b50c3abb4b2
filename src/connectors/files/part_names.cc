#include "connectors/files/part_names.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>

#include <xxhash.h>

namespace sluice::connectors {
namespace {

constexpr std::string_view kStart = "part-";
constexpr std::size_t kBatchDigits = 11;

/// Letters, digits, '-', '_' and `also` as they are, the rest as %XX, so that no name leaves its
/// folder.
std::string file_name_of(std::string_view name, std::string_view also) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || also.find(c) != also.npos) {
      text += c;
    } else {
      std::array<char, 4> code{};
      std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned>(byte));
      text += code.data();
    }
  }
  return text;
}

}  // namespace

std::string writer_name(std::string_view pipeline, std::string_view sink) {
  return file_name_of(pipeline, "") + "." + file_name_of(sink, ".");
}

std::string writer_mark(const std::string& writer) {
  std::array<char, 16> mark{};
  const auto hash = static_cast<unsigned>(XXH3_64bits(writer.data(), writer.size()) >> 32U);
  std::snprintf(mark.data(), mark.size(), "%08x-", hash);
  return mark.data();
}

std::string batch_prefix(data::BatchId batch) {
  std::array<char, 32> start{};
  std::snprintf(start.data(), start.size(), "part-%011lld-", static_cast<long long>(batch));
  return start.data();
}

bool is_part_of(std::string_view name, const std::string& writer) {
  const std::size_t start = batch_prefix(0).size();
  return name.starts_with(kStart) && name.size() > start &&
         name.substr(start).starts_with(writer_mark(writer));
}

data::BatchId batch_of_part(std::string_view name) {
  const std::string_view digits = name.substr(kStart.size(), kBatchDigits);
  data::BatchId batch = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), batch);
  return batch;
}

}  // namespace sluice::connectors
