#include "connectors/files/read_log.h"

#include <algorithm>

#include <xxhash.h>

namespace sluice::connectors {
namespace {

constexpr std::size_t kSlotsMin = 64;

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  }
  return number;
}

void append_number(std::uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

}  // namespace

ReadLog::Mark ReadLog::mark_of(std::string_view path) {
  const XXH128_hash_t hash = XXH3_128bits(path.data(), path.size());
  return {hash.high64, hash.low64};
}

/// Where the mark is, or would be.
std::size_t ReadLog::slot_of(const Mark& mark) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mark.low & mask;
  while (slots_[slot] != kFree && marks_[slots_[slot]] != mark) slot = (slot + 1) & mask;
  return slot;
}

void ReadLog::index(std::size_t slots) {
  slots_.assign(slots, kFree);
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    std::uint32_t& place = slots_[slot_of(marks_[i])];
    if (place == kFree) place = static_cast<std::uint32_t>(i);
  }
}

void ReadLog::add(const Mark& mark) {
  marks_.push_back(mark);
  if (marks_.size() * 4 > slots_.size() * 3) {
    index(std::max(kSlotsMin, slots_.size() * 2));
    return;
  }
  std::uint32_t& place = slots_[slot_of(mark)];
  if (place == kFree) place = static_cast<std::uint32_t>(marks_.size() - 1);
}

bool ReadLog::contains(const Mark& mark, std::int64_t count) const {
  if (marks_.empty()) return false;
  const std::uint32_t place = slots_[slot_of(mark)];
  return place != kFree && static_cast<std::int64_t>(place) < count;
}

void ReadLog::cut(std::int64_t count) {
  if (count >= size()) return;
  marks_.resize(static_cast<std::size_t>(count));
  index(slots_.size());
}

std::string ReadLog::bytes(std::int64_t first, std::int64_t end) const {
  std::string result;
  result.reserve(static_cast<std::size_t>(end - first) * kMarkBytes);
  for (std::int64_t i = first; i < end; ++i) {
    append_number(marks_[static_cast<std::size_t>(i)].high, result);
    append_number(marks_[static_cast<std::size_t>(i)].low, result);
  }
  return result;
}

Status ReadLog::add_bytes(std::string_view bytes) {
  if (bytes.size() % kMarkBytes != 0) {
    return corruption_error("the log of read files is broken bytes=" +
                            std::to_string(bytes.size()));
  }
  for (std::size_t at = 0; at < bytes.size(); at += kMarkBytes) {
    add({number_at(bytes, at), number_at(bytes, at + 8)});
  }
  return {};
}

}  // namespace sluice::connectors
