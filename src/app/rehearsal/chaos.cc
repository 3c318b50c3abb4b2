#include "app/rehearsal/chaos.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/rehearsal/chaos_compare.h"
#include "base/random.h"
#include "base/shell_word.h"

namespace sluice::app {
namespace {

/// One round in so many cuts nothing, and one in so many kills nothing.
constexpr std::uint64_t kRoundsACalmOne = 4;
/// One round in so many kills a second engine, too.
constexpr std::uint64_t kRoundsASecondKill = 3;

constexpr char kDependsOnCuts[] =
    "What this sink has at the end depends on how the input is cut into batches, and nothing fixes "
    "where a batch ends: load, limits and restarts move it. Look for what goes by the batch or by "
    "the order in which rows come: first() and last(), lists, DISTINCT ON and ties over several "
    "sources or partitions; HAVING in mode update; rows of one key in mode upsert that do not come "
    "in the order of order_by.";
constexpr char kDependsOnKills[] =
    "A run that was killed and started again has left something else than one that was not. That "
    "is a fault of sluice and not of the pipeline: please report it, with the pipeline, the test "
    "and this text.";
constexpr char kFails[] = "The run ends with an error, which it does not without cuts and kills.";

using Tables = std::map<std::string, KeptTable>;

/// What is compared at the end.
struct Part {
  std::string what;  ///< "sink totals"
  Tables Havocked::* where = nullptr;
  std::string name;
  End cut_end;                     ///< when the input is cut in another way; else all is the same
  bool is_whole = false;           ///< complete mode: what was there before does not count
  std::set<std::string> left_out;  ///< columns
  bool has_result = false;         ///< the whole result is compared, too
};

class Chaos {
 public:
  Chaos(const ChaosTest& test, const ChaosRequest& request, TestOutcome& outcome,
        std::stop_token stop)
      : test_(test), request_(request), outcome_(outcome), stop_(std::move(stop)) {
    test_.made = &made_;
  }

  Status run() {
    SLUICE_TRY(run_calm());
    if (!outcome_.error.empty()) return {};
    for (int round = 0; round < request_.rounds; ++round) {
      ++outcome_.chaos_rounds;
      SLUICE_ASSIGN(const bool is_same,
                    run_round(request_.seed + static_cast<std::uint64_t>(round)));
      if (!is_same) return {};
    }
    return {};
  }

 private:
  /// What is to be compared with, twice: what differs between the two is nobody's promise.
  Status run_calm() {
    SLUICE_ASSIGN(const engine::ExplainedPipeline planned, plan_of(test_));
    for (const config::SinkEntry& sink : test_.pipeline.sinks) {
      if (writes_changes_of_result(sink, planned)) test_.results.push_back(sink.from);
    }
    std::ranges::sort(test_.results);
    test_.results.erase(std::ranges::unique(test_.results).begin(), test_.results.end());
    SLUICE_ASSIGN(calm_, run_with_havoc(test_, {}, stop_));
    SLUICE_ASSIGN(const Havocked again, run_with_havoc(test_, {}, stop_));
    outcome_.error = calm_.error;
    for (const config::SinkEntry& sink : test_.pipeline.sinks) {
      const bool is_whole = sink.mode == connector::OutputMode::kComplete;
      const End end = end_of(sink, planned);
      add({"sink " + sink.name,
           &Havocked::sinks,
           sink.name,
           end,
           is_whole,
           {},
           writes_changes_of_result(sink, planned)},
          again);
    }
    for (const std::string& view : test_.results) {
      const End end{EndRule::kLastBatch};
      add({"the result of view " + view, &Havocked::results, view, end, true, {}, false}, again);
    }
    for (const auto& [source, letters] : calm_.dead_letters) {
      // Of the letters' columns this one says in which batch of the engine they were.
      const std::string what = "dead letters of " + source;
      const End end{EndRule::kAllRows};
      add({what, &Havocked::dead_letters, source, end, false, {"batch"}, false}, again);
    }
    return {};
  }

  static const KeptTable& table_of(const Part& part, const Havocked& run) {
    return (run.*part.where).at(part.name);
  }

  /// `again`: a run in which the same happened as in calm_.
  void add(Part part, const Havocked& again) {
    const auto changing = changing_columns(table_of(part, calm_), table_of(part, again));
    if (!changing) {
      outcome_.notes.push_back(part.what +
                               " is not compared: two runs of the same batches give it other rows "
                               "(random(), now() ...)");
      return;
    }
    part.left_out.insert(changing->begin(), changing->end());
    const bool has_key = std::ranges::none_of(
        part.cut_end.key, [&](const std::string& column) { return changing->contains(column); });
    if (!has_key) part.cut_end = {EndRule::kNotDefined};
    const bool says_nothing = part.cut_end.rule == EndRule::kNotDefined && !part.has_result;
    if (says_nothing) {
      outcome_.notes.push_back(part.what +
                               " is compared in rounds without cuts only: its rows do not say "
                               "which of them take the place of others");
    }
    parts_.push_back(std::move(part));
  }

  /// False: the outcome says what differs.
  Result<bool> run_round(std::uint64_t seed) {
    SeededRandom random(seed);
    const bool cuts = can_be_cut(calm_.records) && random.next() % kRoundsACalmOne != 0;
    const bool kills = !cuts || random.next() % kRoundsACalmOne != 0;
    Havoc havoc;
    if (cuts) havoc.cuts = random_cuts(calm_.records, random);
    if (kills) havoc.kills = random_kills(havoc.cuts, random);
    SLUICE_ASSIGN(Havocked wild, run_with_havoc(test_, havoc, stop_));
    if (is_same(wild, cuts)) return true;
    SLUICE_TRY(find_cause(havoc, wild));
    report(havoc, wild, seed);
    return false;
  }

  /// Does without kills if cuts alone do it, and then without some of the cuts.
  Status find_cause(Havoc& havoc, Havocked& wild) {
    if (havoc.cuts.parts.empty()) return {};
    if (!wild.killed_at.empty()) {
      SLUICE_ASSIGN(Havocked cut, run_with_havoc(test_, {havoc.cuts, {}}, stop_));
      if (is_same(cut, /*is_cut=*/true)) return {};
      wild = std::move(cut);
    }
    havoc.kills.clear();
    for (Cuts& simpler : simpler_cuts(havoc.cuts)) {
      SLUICE_ASSIGN(Havocked found, run_with_havoc(test_, {simpler, {}}, stop_));
      if (is_same(found, /*is_cut=*/true)) continue;
      havoc.cuts = std::move(simpler);
      wild = std::move(found);
      return {};
    }
    return {};
  }

  /// At any of the crash points that there are, as far as that can be known before.
  std::vector<std::size_t> random_kills(const Cuts& cuts, Random& random) const {
    std::size_t moments = calm_.moments;
    for (const std::size_t parts : cuts.parts) moments += parts - 1;
    const std::size_t of_batches = calm_.points - calm_.start_points;
    const std::size_t points = calm_.start_points + of_batches * moments / calm_.moments;
    std::vector<std::size_t> kills = {1 + random.next() % std::max<std::size_t>(1, points)};
    if (random.next() % kRoundsASecondKill == 0) {
      // Soon, so that it may hit the recovery.
      const std::size_t soon = calm_.start_points + of_batches / calm_.moments + 2;
      kills.push_back(1 + random.next() % soon);
    }
    return kills;
  }

  static End end_in(const Part& part, bool is_cut) {
    if (is_cut) return part.cut_end;
    return {part.is_whole ? EndRule::kLastBatch : EndRule::kAllRows};
  }

  std::vector<TestDifference> differences(const Havocked& wild, bool is_cut) const {
    std::vector<TestDifference> found;
    for (const Part& part : parts_) {
      auto one = difference(table_of(part, calm_), table_of(part, wild), end_in(part, is_cut),
                            part.left_out);
      if (!one) continue;
      one->what = part.what + ", at the end";
      one->place = outcome_.place;
      found.push_back(*std::move(one));
    }
    return found;
  }

  bool is_same(const Havocked& wild, bool is_cut) const {
    return wild.error.empty() && differences(wild, is_cut).empty();
  }

  void report(const Havoc& havoc, const Havocked& wild, std::uint64_t seed) {
    const bool is_cut = !havoc.cuts.parts.empty();
    outcome_.error = wild.error;
    outcome_.differences = differences(wild, is_cut);
    std::string& text = outcome_.chaos;
    text = "chaos, round " + std::to_string(outcome_.chaos_rounds) + " of " +
           std::to_string(request_.rounds) + ", seed " + std::to_string(seed) + "\n";
    text += "cuts: " + (is_cut ? cuts_text(havoc.cuts) : "none") + "\n";
    std::string kills;
    for (const std::string& place : wild.killed_at) kills += (kills.empty() ? "" : "; ") + place;
    text += "killed: " + (kills.empty() ? "never" : kills) + "\n";
    text += !wild.error.empty() ? kFails : kills.empty() ? kDependsOnCuts : kDependsOnKills;
    outcome_.again = "sluice test " + shell_word(outcome_.file) + " --name " +
                     shell_word(outcome_.name) + " --chaos=1 --seed " + std::to_string(seed);
  }

  MadeRecords made_;
  ChaosTest test_;
  const ChaosRequest& request_;
  TestOutcome& outcome_;
  const std::stop_token stop_;
  Havocked calm_;
  std::vector<Part> parts_;
};

}  // namespace

Status run_chaos(const ChaosTest& test, const ChaosRequest& request, TestOutcome& outcome,
                 std::stop_token stop) {
  return Chaos(test, request, outcome, std::move(stop)).run();
}

}  // namespace sluice::app
