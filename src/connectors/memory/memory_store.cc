#include "connectors/memory/memory_store.h"

#include "base/clock_wait.h"

namespace sluice::connectors {

void MemoryStream::append(std::string record) {
  {
    const std::lock_guard lock(mutex_);
    records_.push_back(std::move(record));
  }
  grown_.notify_all();
}

std::int64_t MemoryStream::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(records_.size());
}

std::vector<std::string> MemoryStream::records(std::int64_t from, std::int64_t to) const {
  const std::lock_guard lock(mutex_);
  return {records_.begin() + from, records_.begin() + to};
}

void MemoryStream::wait_beyond(std::int64_t size, std::chrono::milliseconds wait,
                               const std::stop_token& stop, const Clock& clock) {
  std::unique_lock lock(mutex_);
  wait_on(grown_, lock, wait, stop, clock,
          [&] { return static_cast<std::int64_t>(records_.size()) > size; });
}

std::vector<MemoryRow> MemoryTable::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

std::size_t MemoryTable::staged_batches() const {
  const std::lock_guard lock(mutex_);
  return staged_.size();
}

void MemoryTable::stage(data::BatchId batch, std::vector<MemoryRow> rows) {
  const std::lock_guard lock(mutex_);
  staged_[batch] = std::move(rows);
}

bool MemoryTable::publish(data::BatchId batch, const std::string& plan_hash, bool replace) {
  const std::lock_guard lock(mutex_);
  const auto found = staged_.find(batch);
  if (found == staged_.end()) return false;
  if (replace) rows_.clear();
  for (MemoryRow& row : found->second) rows_.push_back(std::move(row));
  staged_.erase(found);
  head_ = {batch, plan_hash};
  return true;
}

void MemoryTable::discard_staged() {
  const std::lock_guard lock(mutex_);
  staged_.clear();
}

std::optional<connector::Head> MemoryTable::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

MemoryStore& MemoryStore::instance() {
  static MemoryStore store;
  return store;
}

MemoryStream& MemoryStore::stream(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto& stream = streams_[std::string(name)];
  if (!stream) stream = std::make_unique<MemoryStream>();
  return *stream;
}

MemoryTable& MemoryStore::table(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto& table = tables_[std::string(name)];
  if (!table) table = std::make_unique<MemoryTable>();
  return *table;
}

}  // namespace sluice::connectors
