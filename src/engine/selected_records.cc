#include "engine/selected_records.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sluice::engine {

void SelectedRecords::add(std::size_t row) {
  const data::Payload& payload = all_.payloads()[row];
  if (payload.bytes == nullptr) {
    ++tombstones_;
    return;
  }
  rows_.push_back(static_cast<std::uint32_t>(row));
  payloads_.push_back(payload);
}

std::unique_ptr<SelectedRecords> SelectedRecords::latest_by_key(const data::RecordBatch& all) {
  struct Newest {
    std::size_t row = 0;
    std::pair<std::size_t, std::int32_t> partition;  // with the number of its topic
    std::optional<Micros> time;
  };
  const std::size_t count = all.payloads().size();
  std::map<std::string, std::size_t> topics;
  std::unordered_map<std::string_view, Newest> newest;
  std::vector<bool> stays(count, true);
  for (std::size_t row = 0; row < count; ++row) {
    const data::RecordOrigin origin = all.origin(row);
    if (!origin.key) continue;
    const std::size_t topic = topics.try_emplace(origin.origin, topics.size()).first->second;
    const Newest own{row, {topic, origin.partition}, origin.timestamp};
    const auto [known, fresh] = newest.try_emplace(*origin.key, own);
    if (fresh) continue;
    Newest& other = known->second;
    const bool is_newer = own.partition == other.partition || own.time >= other.time;
    stays[is_newer ? other.row : row] = false;
    if (is_newer) other = own;
  }
  std::unique_ptr<SelectedRecords> selected(new SelectedRecords(all));
  for (std::size_t row = 0; row < count; ++row) {
    if (stays[row]) selected->add(row);
  }
  return selected;
}

std::unique_ptr<SelectedRecords> SelectedRecords::with_value(const data::RecordBatch& all) {
  std::unique_ptr<SelectedRecords> selected(new SelectedRecords(all));
  for (std::size_t row = 0; row < all.payloads().size(); ++row) selected->add(row);
  return selected;
}

void SelectedRecords::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                                   data::VectorWriter& out) const {
  std::vector<std::uint32_t> of_all;
  of_all.reserve(rows.size());
  for (const std::uint32_t row : rows) of_all.push_back(rows_[row]);
  all_.write_column(column, of_all, out);
}

std::size_t SelectedRecords::bytes() const {
  return rows_.size() * (sizeof(std::uint32_t) + sizeof(data::Payload));
}

}  // namespace sluice::engine
