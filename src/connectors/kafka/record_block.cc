#include "connectors/kafka/record_block.h"

#include <cstring>

namespace sluice::connectors::kafka {
namespace {

template <class T>
void append_number(std::string& out, T number) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

template <class T>
bool take_number(std::string_view& from, T& number) {
  if (from.size() < sizeof(T)) return false;
  std::memcpy(&number, from.data(), sizeof(T));
  from.remove_prefix(sizeof(T));
  return true;
}

std::int32_t length_of(const std::optional<std::string_view>& text) {
  return text ? static_cast<std::int32_t>(text->size()) : -1;
}

bool take_text(std::string_view& from, std::int32_t length, std::optional<std::string_view>& text) {
  text.reset();
  if (length < 0) return true;
  if (from.size() < static_cast<std::size_t>(length)) return false;
  text = from.substr(0, static_cast<std::size_t>(length));
  from.remove_prefix(static_cast<std::size_t>(length));
  return true;
}

}  // namespace

void append_header(std::string& packed, std::string_view name,
                   std::optional<std::string_view> value) {
  append_number(packed, static_cast<std::int32_t>(name.size()));
  append_number(packed, length_of(value));
  packed += name;
  if (value) packed += *value;
}

bool take_header(std::string_view& packed, HeaderView& header) {
  std::int32_t name_length = 0;
  std::int32_t value_length = 0;
  std::optional<std::string_view> name;
  if (!take_number(packed, name_length) || !take_number(packed, value_length)) return false;
  if (name_length < 0 || !take_text(packed, name_length, name)) return false;
  header.name = *name;
  return take_text(packed, value_length, header.value);
}

void append_record(std::string& block, const RecordView& record) {
  append_number(block, length_of(record.key));
  append_number(block, length_of(record.value));
  append_number(block, static_cast<std::int32_t>(record.headers.size()));
  append_number(block, record.partition);
  append_number(block, record.timestamp_ms);
  if (record.key) block += *record.key;
  if (record.value) block += *record.value;
  block += record.headers;
}

bool take_record(std::string_view& block, RecordView& record) {
  std::string_view rest = block;
  std::int32_t key = 0;
  std::int32_t value = 0;
  std::int32_t headers = 0;
  std::optional<std::string_view> packed;
  if (!take_number(rest, key) || !take_number(rest, value) || !take_number(rest, headers) ||
      !take_number(rest, record.partition) || !take_number(rest, record.timestamp_ms)) {
    return false;
  }
  if (headers < 0 || !take_text(rest, key, record.key) || !take_text(rest, value, record.value) ||
      !take_text(rest, headers, packed)) {
    return false;
  }
  record.headers = *packed;
  block = rest;
  return true;
}

}  // namespace sluice::connectors::kafka
