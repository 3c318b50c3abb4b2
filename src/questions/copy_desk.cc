#include "questions/copy_desk.h"

#include <algorithm>
#include <utility>

namespace sluice::questions {

namespace {

Error no_run() {
  return transient_error("E_NO_BATCH: the run has ended, or has not begun; ask again");
}

}  // namespace

std::vector<engine::WatchedRelation> CopyDesk::relations() const {
  const std::lock_guard lock(mutex_);
  return relations_;
}

Result<CopyDesk::Wish> CopyDesk::make_wish(const std::vector<RelationWish>& wish) const {
  Wish made;
  for (const RelationWish& one : wish) {
    const auto found = std::ranges::find(relations_, one.name, &engine::WatchedRelation::name);
    if (found == relations_.end()) return no_run();  // another version of the file has begun
    if (!found->lacking.empty()) return user_error("'" + one.name + "': " + found->lacking);
    for (const std::size_t column : one.columns) {
      if (column >= found->schema.size()) return no_run();
    }
    made.relations.push_back(*found);
    made.columns.push_back(one.columns);
    made.is_of_batch = made.is_of_batch || found->is_of_batch;
  }
  return made;
}

Error CopyDesk::late(const Wish& wish) const {
  if (clock_.steady() < free_at_) {
    return transient_error(
        "E_BUSY: copies may take 3 % of the run's time, and have had more; ask again later, or of "
        "smaller views");
  }
  std::string names;
  for (const engine::WatchedRelation& relation : wish.relations) {
    if (!relation.is_of_batch) continue;
    names += (names.empty() ? "'" : ", '") + relation.name + "'";
  }
  if (names.empty()) {
    return transient_error("E_NO_BATCH: the batch in hand did not end in time; ask again");
  }
  return transient_error("E_NO_BATCH: no batch came in time, and " + names +
                         (wish.relations.size() > 1 ? " have" : " has") +
                         " rows only while one is in hand; ask again when records come, or ask a "
                         "view that keeps its result");
}

Result<Copies> CopyDesk::ask(const std::vector<RelationWish>& wish, Time deadline,
                             const std::stop_token& stop) {
  const auto left = [&] {
    return std::chrono::duration_cast<std::chrono::microseconds>(deadline - clock_.steady());
  };
  std::unique_lock lock(mutex_);
  const auto is_free = [this] { return !asked_ || !is_open_; };
  if (!changed_.wait_for(lock, stop, left(), is_free)) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "the question was given up");
    return transient_error("E_BUSY: others have asked before; ask again");
  }
  if (!is_open_) return no_run();
  SLUICE_ASSIGN(Wish made, make_wish(wish));
  const std::uint64_t number = made.number = ++numbers_;
  asked_ = Asked{std::move(made), std::nullopt};
  const auto is_answered = [&] {
    return !asked_ || asked_->wish.number != number || asked_->answer;
  };
  while (!is_answered() && clock_.steady() < deadline && !stop.stop_requested()) {
    const bool may_begin = clock_.steady() >= free_at_;
    if (may_begin) {
      lock.unlock();
      wake_();
      lock.lock();
    }
    const auto pause = may_begin
                           ? left()
                           : std::min(left(), std::chrono::duration_cast<std::chrono::microseconds>(
                                                  free_at_ - clock_.steady()) +
                                                  std::chrono::microseconds(1));
    changed_.wait_for(lock, stop, pause, is_answered);
  }
  if (!asked_ || asked_->wish.number != number) return no_run();
  Asked done = *std::exchange(asked_, std::nullopt);
  changed_.notify_all();
  if (done.answer) return *std::move(done.answer);
  if (stop.stop_requested()) return Error(Kind::kCancelled, "the question was given up");
  return late(done.wish);
}

void CopyDesk::open(std::vector<engine::WatchedRelation> relations) {
  const std::lock_guard lock(mutex_);
  relations_ = std::move(relations);
  is_open_ = true;
}

void CopyDesk::close() {
  {
    const std::lock_guard lock(mutex_);
    relations_.clear();
    is_open_ = false;
    asked_.reset();
  }
  changed_.notify_all();
}

std::optional<CopyDesk::Wish> CopyDesk::due() const {
  const std::lock_guard lock(mutex_);
  if (!asked_ || asked_->answer || clock_.steady() < free_at_) return std::nullopt;
  return asked_->wish;
}

void CopyDesk::answer(std::uint64_t number, Result<Copies> copies) {
  {
    const std::lock_guard lock(mutex_);
    if (!asked_ || asked_->wish.number != number) return;
    asked_->answer = std::move(copies);
  }
  changed_.notify_all();
}

void CopyDesk::note_cost(Time cost) {
  const std::lock_guard lock(mutex_);
  free_at_ = clock_.steady() + cost * kRest;
}

}  // namespace sluice::questions
