#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connector/sink.h"
#include "data/offset.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// The names of one sink's data files:
/// `<pipeline>-<sink>-<hash of both>-b<batch>-<attempt>-<claim>-<n>`, so that files of a batch that
/// was never committed are found and nobody else's is ever taken for one. Without a claim that part
/// is missing.
class StagedNames {
 public:
  StagedNames(std::string_view pipeline, std::string_view sink);

  /// What names say from now on of the claim that they are written under (connector::stage_stamp).
  void set_stamp(std::string stamp) { stamp_ = std::move(stamp); }

  /// Beginning of the names of one attempt to stage `batch`; `attempt` makes them unique.
  std::string prefix(data::BatchId batch, std::string_view attempt) const;

  /// Begins the `attempt` of files that were put together out of published ones.
  static constexpr char kCompacted[] = "k";

  /// Begins the `attempt` of files that a publish wrote again.
  static constexpr char kRewritten[] = "m";

  /// The batch of a file that this sink staged; null for any other file's name.
  std::optional<data::BatchId> batch_of(std::string_view file_name) const;
  /// The checkpoint folder from which it was staged; null: its name does not say.
  std::optional<std::string> mark_of(std::string_view file_name) const;
  /// A file of this sink that was put together.
  bool is_compacted(std::string_view file_name) const;
  /// A file that a publish wrote again: it is in no outbox.
  bool is_rewritten(std::string_view file_name) const;

 private:
  bool attempt_begins(std::string_view file_name, std::string_view with) const;

  std::string own_;
  std::string stamp_;
};

/// Staged::action of this sink: what the commit will hold.
struct StagedAction {
  connector::OutputMode mode = connector::OutputMode::kAppend;
  std::vector<std::string> adds;  ///< lake::add_action lines
  /// As lines of the same kind, the files of rows that delete their keys: they never appear in the
  /// log, and are removed once the batch is in it.
  std::vector<std::string> deletes;
  std::uint64_t deleting_rows = 0;  ///< in those
  std::string where;                ///< rows for which it is true are replaced; "": none
};

std::string write_staged_action(const StagedAction& action);
/// kCorruption: not what write_staged_action wrote.
Result<StagedAction> read_staged_action(std::string_view json);

/// kCorruption unless all files of the action, which another process has staged in the table at
/// `table_path`, are there with their sizes.
Status check_staged_files(const StagedAction& action, const std::string& table_path,
                          io::FileSystem& files);

}  // namespace sluice::connectors
