#include "support/shown_rows.h"

#include "formats/shown_row.h"

namespace sluice::connector {

Result<std::vector<std::vector<std::optional<std::string>>>> shown_rows(BatchTable& table) {
  std::vector<std::vector<std::optional<std::string>>> rows;
  formats::ShownRow shown(chunk_schema(table.schema()), table.zone());
  SLUICE_TRY(table.read_chunks({}, [&](const RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      auto& texts = rows.emplace_back();
      for (const auto& value : shown.at(chunk.columns, row)) {
        texts.push_back(value ? std::optional<std::string>(*value) : std::nullopt);
      }
    }
    return true;
  }));
  return rows;
}

}  // namespace sluice::connector
