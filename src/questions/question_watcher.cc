#include "questions/question_watcher.h"

#include <string>

#include "base/log.h"

namespace sluice::questions {
namespace {

/// Whether the relation's own SQL is to blame.
bool is_of_query(const Error& error) {
  return error.kind() == Kind::kUser || error.kind() == Kind::kData ||
         error.kind() == Kind::kInternal;
}

Error too_large(const std::string& what) {
  return user_error("E_QUESTION_TOO_LARGE: what it reads is more than " + what +
                    "; name fewer columns, add a view that aggregates, or ask a copy of the "
                    "state: sluice sql --checkpoint FOLDER");
}

}  // namespace

Status QuestionWatcher::check(std::span<const sql::QueryPlan> queries) {
  static_cast<void>(queries);
  return {};
}

void QuestionWatcher::introduce(std::vector<engine::WatchedRelation> relations) {
  relations_ = std::move(relations);
}

Status QuestionWatcher::open(engine::WatchNotes& notes, Micros now) {
  static_cast<void>(notes);
  static_cast<void>(now);
  desk_.open(relations_);
  return {};
}

Status QuestionWatcher::add(const engine::WatchedRelation& relation,
                            const std::vector<std::size_t>& columns, engine::WatchedBatch& batch,
                            CopyDesk::Time begun, Copies& copies) const {
  std::size_t rows = 0;
  std::size_t bytes = 0;
  for (const PackedRows& one : copies.relations) {
    rows += one.rows;
    bytes += one.bytes;
  }
  RowPacker packer(relation.schema, columns);
  SLUICE_TRY(batch.read(relation, columns, [&](const connector::RowChunk& chunk) -> Result<bool> {
    if (rows + packer.packed().rows + chunk.rows > limits_.rows) {
      return too_large(std::to_string(limits_.rows) + " rows");
    }
    if (clock_.steady() - begun > limits_.time) {
      return too_large("can be copied in " + std::to_string(limits_.time.count()) + " ms");
    }
    if (!packer.add(chunk, limits_.bytes - bytes - packer.packed().bytes)) {
      return too_large(std::to_string(limits_.bytes >> 20U) + " MiB");
    }
    return true;
  }));
  copies.relations.push_back(packer.take());
  return {};
}

Result<Copies> QuestionWatcher::copy(const CopyDesk::Wish& wish, engine::WatchedBatch& batch) {
  const CopyDesk::Time begun = clock_.steady();
  Copies copies;
  copies.batch = batch.id();
  copies.at = batch.started();
  Status done;
  for (std::size_t i = 0; i < wish.relations.size() && done; ++i) {
    done = add(wish.relations[i], wish.columns[i], batch, begun, copies);
    if (done || done.error().message().starts_with("E_QUESTION_TOO_LARGE")) continue;
    // What follows shows SQL that nobody has written.
    std::string message = done.error().message();
    message = message.substr(0, message.find("\nLINE "));
    done = Error(done.error().kind(), "'" + wish.relations[i].name + "': " + message);
  }
  copies.copying = clock_.steady() - begun;
  desk_.note_cost(copies.copying);
  if (!done) return std::move(done).error();
  return copies;
}

Result<bool> QuestionWatcher::look(engine::WatchedBatch& batch) {
  coming_.reset();
  const std::optional<CopyDesk::Wish> wish = desk_.due();
  if (!wish) return true;
  auto copies = copy(*wish, batch);
  if (copies) {
    copies->is_of_batch = true;
    coming_.emplace(wish->number, *std::move(copies));
    return true;
  }
  desk_.answer(wish->number, copies.error().clone());
  if (!is_of_query(copies.error())) return std::move(copies).error();
  const bool is_large = copies.error().message().starts_with("E_QUESTION_TOO_LARGE");
  if (!is_large) log_warn("a question cannot be answered: " + copies.error().message());
  // SQL that has failed has taken the transaction with it.
  return is_large;
}

bool QuestionWatcher::is_due(Micros now, bool rests) const {
  static_cast<void>(now);
  static_cast<void>(rests);
  const std::optional<CopyDesk::Wish> wish = desk_.due();
  return wish && !wish->is_of_batch;
}

Result<bool> QuestionWatcher::look_between(engine::WatchedBatch& left) {
  const std::optional<CopyDesk::Wish> wish = desk_.due();
  if (!wish || wish->is_of_batch) return true;
  auto copies = copy(*wish, left);
  if (!copies && copies.error().kind() == Kind::kCorruption) return std::move(copies).error();
  desk_.answer(wish->number, std::move(copies));
  return true;
}

Status QuestionWatcher::between(Micros now, const BatchProgress* progress) {
  static_cast<void>(now);
  if (progress == nullptr || !coming_) return {};
  desk_.answer(coming_->first, std::move(coming_->second));
  coming_.reset();
  return {};
}

void QuestionWatcher::end(const Status& how) {
  static_cast<void>(how);
  desk_.close();
}

}  // namespace sluice::questions
