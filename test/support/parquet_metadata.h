#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

/// For tests: FileMetaData of Parquet files (parquet.thrift), in Thrift's compact protocol.
namespace sluice::parquet_metadata {

inline std::string field(int delta, int type) { return {static_cast<char>(delta << 4 | type)}; }
inline std::string binary(const std::string& text) { return static_cast<char>(text.size()) + text; }
inline std::string number(int value) { return {static_cast<char>(value * 2)}; }
inline std::string list(std::size_t size, int type) {
  return {static_cast<char>(size << 4 | type)};
}

inline constexpr int kI32 = 5;
inline constexpr int kI64 = 6;
inline constexpr int kBinary = 8;
inline constexpr int kList = 9;
inline constexpr int kStruct = 12;
inline const std::string kStop(1, '\0');

template <class T>
inline std::string bytes(T value) {
  std::string text(sizeof value, '\0');
  std::memcpy(text.data(), &value, sizeof value);
  return text;
}

/// A SchemaElement: physical type, name, and what follows the name.
inline std::string element(int type, const std::string& name, const std::string& more) {
  return field(1, kI32) + number(type) + field(3, kBinary) + binary(name) + more + kStop;
}
/// Field 10 after field 4: TIMESTAMP of a unit (1 ms, 2 us, 3 ns).
inline std::string logical(int unit) {
  return field(6, kStruct) + field(8, kStruct) + field(1, 1) + field(1, kStruct) +
         field(unit, kStruct) + kStop + kStop + kStop + kStop;
}
inline std::string chunk(const std::vector<std::string>& path, const std::string& statistics) {
  std::string names;
  for (const std::string& name : path) names += binary(name);
  return field(3, kStruct) + field(3, kList) + list(path.size(), kBinary) + names +
         field(9, kStruct) + statistics + kStop + kStop + kStop;
}
/// max_value and min_value.
inline std::string between(const std::string& min, const std::string& max) {
  return field(5, kBinary) + binary(max) + field(1, kBinary) + binary(min);
}
inline std::string group(int rows, const std::vector<std::string>& chunks) {
  std::string all;
  for (const std::string& each : chunks) all += each;
  return field(1, kList) + list(chunks.size(), kStruct) + all + field(2, kI64) + number(rows) +
         kStop;
}
inline std::string file(const std::vector<std::string>& elements,
                        const std::vector<std::string>& groups, int rows = 9) {
  std::string text = field(2, kList) + list(elements.size() + 1, kStruct) + field(4, kBinary) +
                     binary("root") + field(1, kI32) + number(static_cast<int>(elements.size())) +
                     kStop;
  for (const std::string& each : elements) text += each;
  text += field(1, kI64) + number(rows) + field(1, kList) + list(groups.size(), kStruct);
  for (const std::string& each : groups) text += each;
  return text + kStop;
}

/// A file that has these metadata and nothing else.
inline std::string file_of(const std::string& metadata) {
  return "PAR1" + metadata + bytes(static_cast<std::uint32_t>(metadata.size())) + "PAR1";
}

}  // namespace sluice::parquet_metadata
