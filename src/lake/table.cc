#include "lake/table.h"

#include <algorithm>
#include <charconv>

#include "io/bridge_error.h"
#include "lake/log_actions.h"
#include "lake/log_problem.h"
#include "lake/uri.h"
#include "lake/write_support.h"
#include "rust/cxx.h"
#include "sluice_bridge/src/lib.rs.h"

namespace sluice::lake {
namespace {

constexpr std::int64_t kCheckpointIntervalDefault = 10;
/// A checkpoint is written after a commit for each `bytes` of the newest one, up to `most` commits:
/// then its part in a commit's cost is bounded, and so is what a reader finds after it.
struct Spacing {
  std::int64_t bytes;
  std::int64_t most;
};
constexpr Spacing kSpacing{4 << 10, 100};
constexpr Spacing kSpacingOfLarge{16 << 10, 1000};

/// Commits between a checkpoint of `bytes` and the next one, at least.
std::int64_t commits_after(std::int64_t bytes) {
  return std::max(std::min(kSpacing.most, bytes / kSpacing.bytes),
                  std::min(kSpacingOfLarge.most, bytes / kSpacingOfLarge.bytes));
}

/// With more of them unread a search for a txn reads the log as a snapshot does.
constexpr std::int64_t kEntriesToFollow = 100;
/// So many entries are looked through for the one of a txn.
constexpr std::int64_t kEntriesToSearch = 100;

std::string text(const rust::String& value) { return {value.data(), value.size()}; }

rust::Str view(std::string_view value) { return {value.data(), value.size()}; }

template <class Pairs>
rust::Vec<bridge::KeyValue> key_values(const Pairs& pairs) {
  rust::Vec<bridge::KeyValue> out;
  for (const auto& [key, value] : pairs) out.push_back({rust::String(key), rust::String(value)});
  return out;
}

rust::Vec<rust::String> texts(const std::vector<std::string>& list) {
  rust::Vec<rust::String> out;
  for (const std::string& one : list) out.push_back(rust::String(one));
  return out;
}

template <class List>
std::map<std::string, std::string> to_map(const List& list) {
  std::map<std::string, std::string> out;
  for (const bridge::KeyValue& pair : list) out.emplace(text(pair.key), text(pair.value));
  return out;
}

/// Runs a call of the bridge.
template <class Call>
auto guarded(Call&& call) {
  auto result = io::bridge_call("delta", std::forward<Call>(call));
  if (!result) return decltype(result)(log_problem(std::move(result).error()));
  return result;
}

}  // namespace

std::string DataFile::identity() const { return located_path(path) + '\n' + deletion_vector; }

struct Table::Handle {
  rust::Box<bridge::Table> table;
  bool loaded = false;
};

Table::Table(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Table::Table(Table&& other) noexcept = default;
Table& Table::operator=(Table&& other) noexcept = default;
Table::~Table() = default;

Result<Table> Table::open(std::string_view folder, std::string_view engine,
                          const std::map<std::string, std::string>& options) {
  const bool is_url = folder.find("://") != std::string_view::npos;
  std::string url = is_url ? std::string(folder) : folder_url(folder);
  // Else the log's entries would lie beside the folder.
  if (!url.ends_with('/')) url += '/';
  auto table = guarded([&] {
    const rust::Vec<bridge::KeyValue> pairs = key_values(options);
    return bridge::open_table(view(url), {pairs.data(), pairs.size()}, view(engine));
  });
  if (!table) return std::move(table).error();
  return Table(std::make_unique<Handle>(Handle{std::move(*table), false}));
}

Result<Table> Table::open(const io::StoreAddress& address, std::string_view engine) {
  std::map<std::string, std::string> options;
  for (const auto& [key, value] : address.options) options[key] = value.reveal();
  return open(address.url, engine, options);
}

Status Table::read_state() {
  SLUICE_ASSIGN(const bridge::TableState seen, guarded([&] { return handle_->table->state(); }));
  const std::string schema_json = text(seen.schema_json);
  if (!handle_->loaded || schema_json != state_.schema_json) {
    SLUICE_ASSIGN(state_.schema, from_delta_json(schema_json));
    state_.schema_json = schema_json;
  }
  state_.version = seen.version;
  state_.checkpoint_version = std::max<std::int64_t>(seen.checkpoint_version, 0);
  state_.min_reader_version = seen.min_reader_version;
  state_.min_writer_version = seen.min_writer_version;
  state_.features.clear();
  for (const rust::String& feature : seen.features) state_.features.push_back(text(feature));
  state_.reader_features.clear();
  SLUICE_ASSIGN(const auto reader_features,
                guarded([&] { return handle_->table->reader_features(); }));
  for (const rust::String& feature : reader_features) {
    state_.reader_features.push_back(text(feature));
  }
  SLUICE_ASSIGN(const rust::String id, guarded([&] { return handle_->table->id(); }));
  state_.id = text(id);
  state_.partition_by.clear();
  for (const rust::String& column : seen.partition_columns) {
    state_.partition_by.push_back(text(column));
  }
  state_.configuration = to_map(seen.configuration);
  state_.checkpoint_bytes = seen.checkpoint_bytes;
  state_.protocol_json = text(seen.protocol_json);
  state_.metadata_json = text(seen.metadata_json);
  handle_->loaded = true;
  return {};
}

Result<bool> Table::refresh() {
  const bool was_there = handle_->loaded;
  const std::int64_t before = state_.version;
  SLUICE_ASSIGN(bool there, guarded([&] { return handle_->table->refresh(); }));
  if (!there && was_there) {
    // The bridge looks for the newest log entry, which clean-up may have removed with all others
    // when a checkpoint holds its version. Now it lists the log; kUser: its folder is not there.
    auto listed = guarded([&] { return handle_->table->refresh(); });
    if (!listed && listed.error().kind() != Kind::kUser) return std::move(listed).error();
    there = listed && *listed;
  }
  if (!there) {
    if (was_there) return corruption_error("the Delta table is gone; was it removed?");
    return false;
  }
  SLUICE_TRY(read_state());
  if (was_there && state_.version < before) {
    return corruption_error("the Delta table went back from version=" + std::to_string(before) +
                            " to version=" + std::to_string(state_.version) + "; was it replaced?");
  }
  return true;
}

Result<bool> Table::create(std::string_view initial_entry) { return put(0, initial_entry); }

Result<bool> Table::put_next(std::string_view entry) { return put(state_.version + 1, entry); }

Result<bool> Table::put(std::int64_t version, std::string_view entry) {
  const rust::Slice<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(entry.data()),
                                              entry.size());
  return guarded([&] { return handle_->table->put_log_entry(version, bytes); });
}

Table::KnownTxn* Table::known_txn(std::string_view app_id) {
  const auto found = known_txns_.find(app_id);
  if (found == known_txns_.end()) return nullptr;
  KnownTxn& known = found->second;
  const bool near = known.table_id == state_.id && known.up_to <= state_.version &&
                    state_.version - known.up_to <= kEntriesToFollow;
  return near ? &known : nullptr;
}

/// Brings what is known of the txn to the snapshot's version, and of the others that are as far:
/// an entry is read once for all. False: an entry is gone.
Result<bool> Table::follow_txn(const KnownTxn& known) {
  while (known.up_to < state_.version) {
    const std::int64_t next = known.up_to + 1;
    SLUICE_ASSIGN(const std::optional<std::string> entry, log_entry(next));
    if (!entry) return false;
    for (auto& [app_id, txn] : known_txns_) {
      if (txn.up_to + 1 != next || txn.table_id != state_.id) continue;
      auto version = txn_version_of(*entry, app_id);
      if (!version) return std::move(version).error().with("version=" + std::to_string(next));
      if (*version) {
        txn.version = *version;
        txn.entry = next;
      }
      txn.up_to = next;
    }
  }
  return true;
}

Result<std::optional<std::int64_t>> Table::app_version(std::string_view app_id) {
  if (KnownTxn* known = known_txn(app_id)) {
    SLUICE_ASSIGN(const bool followed, follow_txn(*known));
    if (followed) return known->version;
  }
  SLUICE_ASSIGN(const bridge::AppVersion found,
                guarded([&] { return handle_->table->app_version(view(app_id)); }));
  const auto version = found.found ? std::optional(found.version) : std::nullopt;
  known_txns_[std::string(app_id)] = {state_.id, state_.version, version, std::nullopt};
  return version;
}

Result<std::optional<std::string>> Table::log_entry(std::int64_t version) {
  SLUICE_ASSIGN(const bridge::LogEntry entry,
                guarded([&] { return handle_->table->read_log_entry(version); }));
  if (!entry.found) return std::optional<std::string>();
  return std::optional(
      std::string(reinterpret_cast<const char*>(entry.actions.data()), entry.actions.size()));
}

Result<std::optional<std::string>> Table::entry_of(std::string_view app_id,
                                                   std::int64_t app_version) {
  std::int64_t newest = state_.version;
  if (const KnownTxn* known = known_txn(app_id); known != nullptr && known->entry) {
    if (known->version == app_version) newest = *known->entry;
  }
  // Mostly the newest one looked at.
  const std::int64_t oldest = std::max<std::int64_t>(0, newest - kEntriesToSearch + 1);
  for (std::int64_t version = newest; version >= oldest; --version) {
    SLUICE_ASSIGN(std::optional<std::string> entry, log_entry(version));
    if (!entry) return std::optional<std::string>();
    auto found = user_metadata_of(*entry, app_id, app_version);
    if (!found) return std::move(found).error().with("version=" + std::to_string(version));
    if (!*found) continue;
    if (KnownTxn* known = known_txn(app_id); known != nullptr && known->version == app_version) {
      known->entry = version;
    }
    return entry;
  }
  return std::optional<std::string>();
}

Result<std::optional<std::string>> Table::user_metadata(std::string_view app_id,
                                                        std::int64_t app_version) {
  SLUICE_ASSIGN(const std::optional<std::string> entry, entry_of(app_id, app_version));
  if (!entry) return std::optional<std::string>();
  return user_metadata_of(*entry, app_id, app_version);
}

Result<CommitOutcome> Table::commit(const Commit& commit) {
  // Another writer may have given the table what the library does not know of.
  SLUICE_TRY(check_writable(state_));
  std::string adds;
  for (const std::string& line : commit.adds) {
    adds += line;
    adds += '\n';
  }
  SLUICE_ASSIGN(
      const bridge::CommitOutcome outcome, guarded([&] {
        bridge::CommitRequest request;
        request.operation = rust::String(commit.operation);
        request.data_change = commit.data_change;
        request.is_blind = commit.is_blind;
        request.adds = rust::String(adds);
        request.removes = texts(commit.removes);
        for (const NewColumn& column : commit.new_columns) {
          request.new_columns.push_back({texts(column.parent), rust::String(column.field)});
        }
        request.remove_all = commit.replace_all;
        request.app_id = rust::String(commit.app_id);
        request.app_version = commit.app_version;
        request.operation_parameters = key_values(commit.parameters);
        request.operation_metrics = key_values(commit.metrics);
        request.user_metadata = rust::String(commit.user_metadata);
        return handle_->table->commit(request);
      }));
  if (outcome.committed) {
    SLUICE_TRY(read_state());
    // The entry has no other txn.
    for (auto& [app_id, txn] : known_txns_) {
      if (txn.up_to + 1 == outcome.version) txn.up_to = outcome.version;
    }
    if (!commit.app_id.empty()) {
      known_txns_[commit.app_id] = {state_.id, outcome.version, commit.app_version,
                                    outcome.version};
    }
  }
  return CommitOutcome{outcome.committed, outcome.version, outcome.files_removed};
}

Result<bool> Table::checkpoint_if_due() {
  std::int64_t interval = kCheckpointIntervalDefault;
  bool is_given = false;
  if (const auto found = state_.configuration.find("delta.checkpointInterval");
      found != state_.configuration.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), interval);
    is_given = true;
  }
  if (interval <= 0 || state_.version / interval <= state_.checkpoint_version / interval) {
    return false;
  }
  // An interval that the table asks for is kept to; else the cost grows no faster than the table.
  const std::int64_t since = state_.version - state_.checkpoint_version;
  if (!is_given && since < commits_after(state_.checkpoint_bytes)) return false;
  SLUICE_ASSIGN(const bool written, guarded([&] { return handle_->table->checkpoint(); }));
  SLUICE_TRY(read_state());
  return written;
}

Result<Table> Table::at_version(std::int64_t version) {
  auto table = guarded([&] { return handle_->table->at_version(version); });
  if (!table) return std::move(table).error().with("version=" + std::to_string(version));
  Table older(std::make_unique<Handle>(Handle{std::move(*table), false}));
  SLUICE_TRY(older.read_state());
  return older;
}

Result<std::int64_t> Table::version_as_of(std::int64_t timestamp_ms) {
  return guarded([&] { return handle_->table->version_as_of(timestamp_ms); });
}

Result<std::int64_t> Table::version_from(std::int64_t timestamp_ms) {
  return guarded([&] { return handle_->table->version_from(timestamp_ms); });
}

Result<std::optional<std::int64_t>> Table::log_entry_time(std::int64_t version) {
  SLUICE_ASSIGN(const std::int64_t time,
                guarded([&] { return handle_->table->log_entry_time(version); }));
  return time < 0 ? std::nullopt : std::optional(time);
}

Result<std::map<std::string, std::vector<std::uint64_t>>> Table::deletions() {
  SLUICE_ASSIGN(const auto list, guarded([&] { return handle_->table->deletions(); }));
  std::map<std::string, std::vector<std::uint64_t>> out;
  for (const bridge::Deletions& file : list) {
    out[text(file.path)] = {file.rows.begin(), file.rows.end()};
  }
  return out;
}

Result<std::vector<std::uint64_t>> Table::deleted_rows(std::string_view descriptor) {
  SLUICE_ASSIGN(const auto rows,
                guarded([&] { return handle_->table->deleted_rows(view(descriptor)); }));
  return std::vector<std::uint64_t>(rows.begin(), rows.end());
}

Result<std::vector<DataFile>> Table::files(std::optional<std::int64_t> version) {
  SLUICE_ASSIGN(const auto list,
                guarded([&] { return handle_->table->files(version.value_or(-1)); }));
  std::vector<DataFile> out;
  for (const bridge::DataFile& file : list) {
    out.push_back({text(file.path), file.size, file.modification_time,
                   file.rows < 0 ? std::nullopt : std::optional(file.rows),
                   to_map(file.partition_values), text(file.stats), text(file.deletion_vector),
                   file.deleted_rows});
  }
  return out;
}

}  // namespace sluice::lake
