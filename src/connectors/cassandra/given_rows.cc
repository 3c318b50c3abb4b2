#include "connectors/cassandra/given_rows.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <xxhash.h>

#include "base/crash_point.h"

namespace sluice::connectors::cassandra {
namespace {

constexpr std::string_view kSome = ".given";     // added by one store()
constexpr std::string_view kAll = ".all_given";  // takes the place of all before
constexpr std::size_t kNumberDigits = 19;

struct Found {
  std::int64_t records = 0;
  bool is_all = false;
  std::string path;
};

std::optional<Found> parse_name(const std::string& path) {
  const std::string name = io::file_name(path);
  const bool is_all = name.ends_with(kAll);
  if (!is_all && !name.ends_with(kSome)) return std::nullopt;
  Found found{.records = 0, .is_all = is_all, .path = path};
  const auto [end, problem] = std::from_chars(
      name.data(), name.data() + std::min(kNumberDigits, name.size()), found.records);
  if (problem != std::errc()) return std::nullopt;
  return found;
}

}  // namespace

std::string GivenRows::path_of(std::int64_t records, std::string_view ending) const {
  std::string number = std::to_string(records);
  number.insert(0, kNumberDigits - std::min(kNumberDigits, number.size()), '0');
  return io::join_path(folder_, number + std::string(ending));
}

Status GivenRows::load(std::int64_t records) {
  SLUICE_ASSIGN(const auto files, files_.list(folder_, /*recursive=*/false));
  std::vector<Found> found;
  std::int64_t all_until = -1;
  for (const io::FileInfo& file : files) {
    auto parsed = parse_name(file.path);
    if (!parsed) continue;
    if (parsed->records > records) {
      SLUICE_TRY(files_.remove(file.path));
      continue;
    }
    if (parsed->is_all) all_until = std::max(all_until, parsed->records);
    found.push_back(*std::move(parsed));
  }
  for (const Found& file : found) {
    const bool counts = file.is_all ? file.records == all_until : file.records > all_until;
    SLUICE_TRY(counts ? read(file.path) : files_.remove(file.path));
  }
  return {};
}

Status GivenRows::read(const std::string& path) {
  SLUICE_ASSIGN(const std::string bytes, files_.read(path));
  std::uint64_t hash = 0;
  const std::size_t content = bytes.size() - std::min(bytes.size(), sizeof(hash));
  if (bytes.size() >= sizeof(hash)) std::memcpy(&hash, bytes.data() + content, sizeof(hash));
  if (bytes.size() < sizeof(hash) || content % sizeof(Row) != 0 ||
      XXH64(bytes.data(), content, 0) != hash) {
    return corruption_error("the file of given rows is broken path=" + path +
                            "; put it back from a copy of the checkpoint's folder, or start over "
                            "with a new checkpoint");
  }
  for (std::size_t at = 0; at < content; at += sizeof(Row)) {
    Row row{};
    std::memcpy(&row, bytes.data() + at, sizeof(Row));
    rows_[row.hash] = row.value_ms;
  }
  return {};
}

Status GivenRows::write(const std::string& path, const std::vector<Row>& rows) {
  std::string bytes(rows.size() * sizeof(Row), '\0');
  if (!rows.empty()) std::memcpy(bytes.data(), rows.data(), bytes.size());
  const std::uint64_t hash = XXH64(bytes.data(), bytes.size(), 0);
  bytes.append(reinterpret_cast<const char*>(&hash), sizeof(hash));
  return files_.write_atomic(path, bytes);
}

bool GivenRows::add(std::string_view identity, std::int64_t value_ms) {
  const XXH128_hash_t hash = XXH3_128bits(identity.data(), identity.size());
  const Row row{{hash.low64, hash.high64}, value_ms};
  if (!rows_.try_emplace(row.hash, value_ms).second) return false;
  added_.push_back(row);
  return true;
}

void GivenRows::forget_before(std::int64_t low_ms) {
  std::erase_if(rows_, [low_ms](const auto& row) { return row.second < low_ms; });
  std::erase_if(added_, [low_ms](const Row& row) { return row.value_ms < low_ms; });
}

Status GivenRows::store(std::int64_t records, std::int64_t low_ms) {
  forget_before(low_ms);
  if (static_cast<std::int64_t>(rows_.size()) > rows_max_) {
    return user_error("cassandra: more than overlap_rows=" + std::to_string(rows_max_) +
                      " rows lie in the time that a scan looks back; shorten 'overlap', or raise "
                      "'overlap_rows' (each takes about 60 bytes of memory)");
  }
  if (added_.empty()) return {};
  SLUICE_TRY(write(path_of(records, kSome), added_));
  crash_point("cassandra.given");
  added_.clear();
  return {};
}

Status GivenRows::compact(std::int64_t records, std::int64_t low_ms) {
  forget_before(low_ms);
  std::vector<Row> left;
  left.reserve(rows_.size());
  for (const auto& [hash, value_ms] : rows_) left.push_back({hash, value_ms});
  SLUICE_ASSIGN(const auto files, files_.list(folder_, /*recursive=*/false));
  const std::string all = path_of(records, kAll);
  SLUICE_TRY(write(all, left));
  crash_point("cassandra.compacted");
  for (const io::FileInfo& file : files) {
    if (parse_name(file.path) && file.path != all) SLUICE_TRY(files_.remove(file.path));
  }
  return {};
}

}  // namespace sluice::connectors::cassandra
