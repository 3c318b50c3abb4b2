#include "formats/shown_row.h"

#include "formats/shown_value.h"

namespace sluice::formats {

ShownRow::ShownRow(const data::Schema& schema, const TimeZone& zone)
    : zone_(zone), values_(schema.size()), texts_(schema.size()) {
  for (const data::Field& field : schema.fields()) types_.push_back(field.type);
}

const ShownRow::Texts& ShownRow::at(data::ChunkReader columns, std::uint64_t row) {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    texts_[i].reset();
    if (columns[i].is_null(row)) continue;
    values_[i].clear();
    append_shown(values_[i], columns[i], types_[i], row, &zone_);
    texts_[i] = values_[i];
  }
  return texts_;
}

}  // namespace sluice::formats
