#include "engine/watch.h"

#include <algorithm>
#include <memory>

namespace sluice::engine {
namespace {

class BatchToWatch final : public WatchedBatch {
 public:
  BatchToWatch(const BatchInHand& batch, BatchSql& sql) : batch_(batch), sql_(sql) {}
  data::BatchId id() const override { return batch_.id; }
  Micros started() const override { return batch_.started; }
  Result<std::unique_ptr<connector::BatchTable>> rows(const sql::QueryPlan& query) override {
    return sql_.rows_of(query);
  }

 private:
  const BatchInHand& batch_;
  BatchSql& sql_;
};

}  // namespace

Watch::~Watch() {
  if (!notes_) return;
  for (const auto& watcher : pipeline_.watchers) watcher->end(end_);
}

Status Watch::check() const {
  std::span<const sql::QueryPlan> left = sql_.plan().queries;
  for (const auto& watcher : pipeline_.watchers) {
    const std::size_t count = watcher->queries().size();
    SLUICE_TRY(watcher->check(left.first(count)));
    left = left.subspan(count);
  }
  return {};
}

Status Watch::open(sql::Session& session, Micros now) {
  notes_.emplace(session);
  end_ = Error(Kind::kInternal, "the run has not said how it ended");
  for (const auto& watcher : pipeline_.watchers) {
    SLUICE_TRY(watcher->open(notes_->of(watcher->name()), now));
  }
  return {};
}

Result<bool> Watch::look(const BatchInHand& batch) {
  BatchToWatch watched(batch, sql_);
  for (const auto& watcher : pipeline_.watchers) {
    SLUICE_ASSIGN(const bool seen, watcher->look(watched));
    if (!seen) return false;
  }
  return true;
}

Status Watch::between(Micros now, const BatchProgress* progress) {
  for (const auto& watcher : pipeline_.watchers) SLUICE_TRY(watcher->between(now, progress));
  return {};
}

std::optional<Micros> Watch::next() const {
  std::optional<Micros> next;
  for (const auto& watcher : pipeline_.watchers) {
    const std::optional<Micros> own = watcher->next();
    if (own) next = std::min(next.value_or(*own), *own);
  }
  return next;
}

}  // namespace sluice::engine
