#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "alerts/alert_query.h"
#include "alerts/board.h"
#include "alerts/book.h"
#include "alerts/delivery.h"
#include "alerts/job_facts.h"
#include "base/clock.h"
#include "base/random.h"
#include "engine/watcher.h"
#include "io/file_system.h"

namespace sluice::alerts {

/// What a watcher is made of.
struct WatcherParts {
  std::string pipeline;
  std::vector<std::string> sources;  ///< names of the pipeline's
  std::shared_ptr<Board> board;      ///< with the alerts; outlives the run, for those who show it
  Receivers receivers;
  const Clock& clock;  ///< outlives it, as `random` does; any thread may use both
  Random& random;
  io::FileSystem& files;
  /// The checkpoint's, which need not be there yet: there it is noted what is said while the notes
  /// cannot be changed: that the pipeline has failed, that it hangs.
  std::string folder;
  /// How long the end of a run waits for notices to be sent.
  std::chrono::milliseconds farewell{5000};
};

/// The alerts of a pipeline, looked at with its batches. What has changed is noted in the batch's
/// transaction and said once the batch is published: by a notice to each receiver, which stays in
/// the notes until it is sent. A process that dies between the two sends it again, under the same
/// id. A query that fails costs its alert a state, and the batch nothing.
///
/// Only freshness is judged beside the batches, by a thread of its own: what it finds out is that
/// no batch gets through.
class AlertWatcher final : public engine::Watcher {
 public:
  explicit AlertWatcher(WatcherParts parts);
  ~AlertWatcher() override;

  std::string name() const override { return "alerts"; }
  std::vector<sql::ViewText> queries() const override;
  Status check(std::span<const sql::QueryPlan> queries) override;
  Status open(engine::WatchNotes& notes, Micros now) override;
  Result<bool> look(engine::WatchedBatch& batch) override;
  Status between(Micros now, const BatchProgress* progress) override;
  std::optional<Micros> next() const override;
  void resume(Micros now) override;
  void end(const Status& how) override;

  /// The run has failed before open(): says so, unless it is known. Nothing after open(), and
  /// nothing when another run has the checkpoint: the pipeline runs.
  void fail_at_start(const Error& error);

 private:
  /// An alert with SQL, planned.
  struct Asked {
    const Alert* alert;
    const sql::QueryPlan* when;
    const sql::QueryPlan* clear_when;  ///< null: none
    AlertQuery query;
    std::chrono::nanoseconds not_before{0};  ///< steady: so long it costs too much
    std::chrono::nanoseconds again{0};       ///< steady: after a failure it is asked again
    std::chrono::seconds pause{0};           ///< after the last failure; 0: it did not fail
  };
  /// What a batch's queries have given, until it is known that the batch stays.
  struct Look {
    data::BatchId batch = 0;
    Micros now = 0;
    bool is_noted = false;                                       ///< in the batch's transaction
    std::map<std::size_t, Observation> seen;                     ///< by place in asked_
    std::map<std::size_t, std::chrono::nanoseconds> not_before;  ///< likewise
  };

  Result<Observation> ask(engine::WatchedBatch& batch, const Asked& asked) const;
  void note_failure(Asked& asked, const Error& error);
  bool is_to_ask(const Asked& asked, std::chrono::nanoseconds now) const;
  bool apply(Book& book, const Look& look) const;
  bool follow(Micros now, const BatchProgress* progress);
  void take_silences(Micros now);
  bool judge_job(Micros now, bool after_batch);
  bool take_deliveries(Micros now, bool at_once);
  bool judge_silence(Micros now);
  /// To the receivers, what they do not have; `aside`: only of alerts that are noted aside.
  void hand_out(bool aside = false);
  /// Keeps the book when there is something to keep.
  Status keep();
  void keep_or_warn();
  /// To the board, when there is something new.
  void publish(Micros now);
  void say_failure(const Error& error, Micros now);
  Status adopt_aside(Micros now, bool with_silences);
  Status note_aside();
  Status note_failure(Micros now);
  void finish();
  /// Thread of freshness.
  void keep_watch(const std::stop_token& stop);

  const std::string pipeline_;
  const std::vector<std::string> sources_;
  const std::shared_ptr<Board> board_;
  const Clock& clock_;
  const std::chrono::milliseconds farewell_;
  io::FileSystem& files_;
  const std::string folder_;
  const std::string aside_path_;
  const std::set<std::string> receivers_;
  engine::WatchNotes* notes_ = nullptr;  // null: not open
  std::vector<Asked> asked_;
  std::optional<Look> look_;
  std::optional<JobFacts> facts_;  // guarded by mutex_ once open
  Micros between_at_ = 0;
  Micros marked_at_ = 0;
  std::set<std::string> finished_;  // Outgoing::id, sent or given up, and still in the book
  bool has_warned_ = false;         // that notes were not kept

  std::mutex aside_mutex_;  // of the file aside_path_; before mutex_
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Book book_;
  std::map<std::string, std::string> errors_;  // by alert whose query fails
  bool is_unkept_ = false;                     // the book has what the notes have not
  bool is_unshown_ = false;                    // ... and what the board has not
  bool has_new_texts_ = false;                 // likewise, of texts and values alone
  bool has_aside_ = false;                     // the file may have what the notes have not
  Micros published_at_ = 0;
  std::set<std::string> handed_out_;  // Outgoing::id

  Delivery delivery_;
  std::jthread keeper_;  // last: it uses all above
};

/// Whether the alert is said while the notes cannot be changed, and so noted in a file.
bool is_aside(const Alert& alert);

}  // namespace sluice::alerts
