#include "sql/functions/text_functions.h"

#include <optional>
#include <string>
#include <string_view>

#include <openssl/sha.h>
#include <zlib.h>

#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {
namespace {

/// The digest in hexadecimal digits; null for bits that SHA-2 does not have.
std::optional<std::string> sha2(std::string_view bytes, std::int32_t bits) {
  using Digest = unsigned char* (*)(const unsigned char*, std::size_t, unsigned char*);
  Digest digest = nullptr;
  switch (bits) {
    case 224:
      digest = SHA224;
      break;
    case 0:
    case 256:
      bits = 256;
      digest = SHA256;
      break;
    case 384:
      digest = SHA384;
      break;
    case 512:
      digest = SHA512;
      break;
    default:
      return std::nullopt;
  }
  unsigned char out[SHA512_DIGEST_LENGTH];
  digest(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < bits / 8; ++i) {
    text += kDigits[out[i] >> 4U];
    text += kDigits[out[i] & 15U];
  }
  return text;
}

void sha2_texts(duckdb_function_info /*info*/, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector values = duckdb_data_chunk_get_vector(input, 0);
  const duckdb_vector bits = duckdb_data_chunk_get_vector(input, 1);
  const auto* const numbers = static_cast<std::int32_t*>(duckdb_vector_get_data(bits));
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    std::optional<std::string> text;
    if (!is_null(values, row) && !is_null(bits, row)) {
      text = sha2(bytes_at(values, row), numbers[row]);
    }
    if (text) {
      set_bytes(output, row, *text);
    } else {
      set_null(output, row);
    }
  }
}

void crc32_numbers(duckdb_function_info /*info*/, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector values = duckdb_data_chunk_get_vector(input, 0);
  auto* const numbers = static_cast<std::int64_t*>(duckdb_vector_get_data(output));
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (is_null(values, row)) {
      set_null(output, row);
      continue;
    }
    const std::string_view bytes = bytes_at(values, row);
    numbers[row] = static_cast<std::int64_t>(
        crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  }
}

}  // namespace

Status register_text_functions(DuckdbSession& session) {
  SLUICE_TRY(register_function(session, "sluice_sha2", {DUCKDB_TYPE_BLOB, DUCKDB_TYPE_INTEGER},
                               DUCKDB_TYPE_VARCHAR, guarded<sha2_texts>));
  return register_function(session, "sluice_crc32", {DUCKDB_TYPE_BLOB}, DUCKDB_TYPE_BIGINT,
                           guarded<crc32_numbers>);
}

}  // namespace sluice::sql
