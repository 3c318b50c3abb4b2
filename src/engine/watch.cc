#include "engine/watch.h"

#include <algorithm>
#include <memory>
#include <utility>

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
  Status read(const WatchedRelation& relation, const std::vector<std::size_t>& columns,
              const Receive& receive) override {
    return sql_.read(relation, columns, receive);
  }

 private:
  const BatchInHand& batch_;
  BatchSql& sql_;
};

/// What the last batch has left.
class StateToWatch final : public WatchedBatch {
 public:
  StateToWatch(data::BatchId last, Micros now, BatchSql& sql) : last_(last), now_(now), sql_(sql) {}
  data::BatchId id() const override { return last_; }
  Micros started() const override { return now_; }
  Result<std::unique_ptr<connector::BatchTable>> rows(const sql::QueryPlan& query) override {
    return sql_.rows_of(query);
  }
  Status read(const WatchedRelation& relation, const std::vector<std::size_t>& columns,
              const Receive& receive) override {
    return sql_.read(relation, columns, receive);
  }

 private:
  const data::BatchId last_;
  const Micros now_;
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
  session_ = &session;
  end_ = Error(Kind::kInternal, "the run has not said how it ended");
  for (const auto& watcher : pipeline_.watchers) {
    if (watcher->reads_relations()) {
      SLUICE_ASSIGN(std::vector<WatchedRelation> relations, sql_.relations());
      watcher->introduce(std::move(relations));
    }
    SLUICE_TRY(watcher->open(notes_->of(watcher->name()), now));
  }
  return {};
}

Result<bool> Watch::look(const BatchInHand& batch) {
  BatchToWatch watched(batch, sql_);
  last_ = batch.id;
  const auto in_batch = notes_->in_transaction();
  for (const auto& watcher : pipeline_.watchers) {
    SLUICE_ASSIGN(const bool seen, watcher->look(watched));
    if (!seen) return false;
  }
  return true;
}

Status Watch::look_between(Micros now, bool rests) {
  StateToWatch left(last_, now, sql_);
  for (const auto& watcher : pipeline_.watchers) {
    while (watcher->is_due(now, rests)) {
      SLUICE_TRY(session_->execute("BEGIN"));
      auto seen = watcher->look_between(left);
      SLUICE_TRY(session_->execute("ROLLBACK"));
      if (!seen) return std::move(seen).error();
      if (*seen) break;
    }
  }
  return {};
}

Status Watch::rest(Micros now) { return look_between(now, true); }

Status Watch::between(Micros now, const BatchProgress* progress) {
  if (progress == nullptr) SLUICE_TRY(look_between(now, false));
  for (const auto& watcher : pipeline_.watchers) SLUICE_TRY(watcher->between(now, progress));
  return {};
}

void Watch::resume(Micros now) const {
  for (const auto& watcher : pipeline_.watchers) watcher->resume(now);
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
