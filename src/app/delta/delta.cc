#include "sluice/delta.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "app/composition/scratch_folder.h"
#include "app/composition/stores.h"
#include "base/border.h"
#include "base/clock.h"
#include "base/random.h"
#include "connectors/delta/compaction.h"
#include "connectors/delta/delta_sink_options.h"
#include "connectors/delta/restore.h"
#include "connectors/delta/vacuum.h"
#include "io/spool.h"
#include "lake/delta_schema.h"
#include "lake/history.h"
#include "lake/log_actions.h"
#include "lake/log_cleanup.h"
#include "lake/retention.h"
#include "sql/files/parquet_rewriter.h"

namespace sluice {
namespace {

constexpr std::chrono::hours kRetentionMin{24 * 7};

Result<lake::Table> open_table(io::FileSystem& files, const std::string& path) {
  SLUICE_TRY(files.check_path(path));
  SLUICE_ASSIGN(const io::StoreAddress address, files.address(path));
  SLUICE_ASSIGN(lake::Table table, lake::Table::open(address, connectors::kDeltaEngine));
  SLUICE_ASSIGN(const bool there, table.refresh());
  if (!there) return user_error("there is no Delta table: path=" + path);
  return table;
}

Status check_columns(const lake::TableState& state, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool partitions = std::ranges::find(state.partition_by, name) != state.partition_by.end();
    if (partitions) {
      return user_error("the table is partitioned by " + data::quote_identifier(name) +
                        ", so all rows of a file have one value of it; order by another column");
    }
    if (state.schema.columns.find(name) >= 0) continue;
    return user_error("the table has no column " + data::quote_identifier(name) +
                      "; it has: " + state.schema.columns.to_string());
  }
  return {};
}

/// `error` of a command that does nothing twice, with what to do.
Error explained(Error error) {
  if (error.kind() != Kind::kUnknownOutcome) return error;
  return {error.kind(),
          error.message() +
              "; it is not known whether the table has the new version: run the command "
              "again, what is done is not done twice"};
}

}  // namespace

Result<DeltaDescription> describe_delta(const std::string& given) {
  return at_border("describe the Delta table", [&]() -> Result<DeltaDescription> {
    const std::string path = app::without_slashes(given);
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(lake::Table table, open_table(*files, path));
    const lake::TableState& state = table.state();
    DeltaDescription out;
    out.path = path;
    out.version = state.version;
    out.checkpoint_version = state.checkpoint_version;
    out.min_reader_version = state.min_reader_version;
    out.min_writer_version = state.min_writer_version;
    out.features = state.features;
    out.partition_by = state.partition_by;
    out.properties = state.configuration;
    for (const data::Field& field : state.schema.columns.fields()) {
      out.columns.emplace_back(field.name, field.type.to_string());
    }
    SLUICE_ASSIGN(const std::vector<lake::DataFile> data_files, table.files());
    out.files = static_cast<std::int64_t>(data_files.size());
    out.rows = 0;
    for (const lake::DataFile& file : data_files) {
      out.bytes += file.bytes;
      if (!file.deletion_vector.empty()) ++out.files_with_deleted_rows;
      const bool known = out.rows && file.rows;
      out.rows = known ? std::optional(*out.rows + *file.rows - file.deleted_rows) : std::nullopt;
    }
    return out;
  });
}

Result<std::vector<DeltaCommit>> delta_history(const std::string& path, std::size_t limit) {
  return at_border("read the Delta table's history", [&]() -> Result<std::vector<DeltaCommit>> {
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(lake::Table table, open_table(*files, app::without_slashes(path)));
    SLUICE_ASSIGN(const auto entries, lake::history(table, limit));
    std::vector<DeltaCommit> out;
    for (const lake::HistoryEntry& entry : entries) {
      out.push_back({entry.version, entry.timestamp_ms, entry.operation, entry.parameters,
                     entry.metrics, entry.engine, entry.user_metadata});
    }
    return out;
  });
}

Result<DeltaOptimized> optimize_delta(const std::string& given, const DeltaOptimize& options) {
  return at_border("optimize the Delta table", [&]() -> Result<DeltaOptimized> {
    const std::string path = app::without_slashes(given);
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(lake::Table table, open_table(*files, path));
    if (!options.sort_by.empty() && !options.zorder_by.empty()) {
      return user_error("--sort and --zorder exclude each other");
    }
    SLUICE_TRY(check_columns(table.state(), options.sort_by));
    SLUICE_TRY(check_columns(table.state(), options.zorder_by));
    const SystemClock clock;
    SystemRandom random;
    app::ScratchFolder scratch;
    SLUICE_TRY(scratch.make());
    const auto rewriter = sql::make_parquet_rewriter({.temp_folder = scratch.path() + "/spill"});
    io::Spool spool(*files, scratch.path() + "/spool");
    const connector::Context context{"delta", "optimize", clock, random,
                                     *files,  &spool,     {},    rewriter.get()};
    const connectors::CompactionPlace place{path, context, "optimize-" + random.uuid() + "-",
                                            "snappy"};
    auto compacted = connectors::compact(
        table, place, {options.target_bytes, options.sort_by, options.zorder_by});
    if (!compacted) return explained(std::move(compacted).error());
    const connectors::CompactionResult& done = *compacted;
    if (done.version >= 0) {
      // The commit is valid without them.
      const auto written = table.checkpoint_if_due();
      if (written && *written) {
        static_cast<void>(lake::LogCleaner().run(table.state(), path, *files, clock.now()));
      }
    }
    return DeltaOptimized{done.version, done.files_removed, done.files_added, done.bytes_removed,
                          done.bytes_added};
  });
}

Result<DeltaVacuumed> vacuum_delta(const std::string& given, const DeltaVacuum& options) {
  return at_border("vacuum the Delta table", [&]() -> Result<DeltaVacuumed> {
    const std::string path = app::without_slashes(given);
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(lake::Table table, open_table(*files, path));
    SLUICE_ASSIGN(
        const std::chrono::microseconds own,
        lake::retention(table.state(), "delta.deletedFileRetentionDuration", kRetentionMin));
    const auto retention = options.retention.value_or(own);
    if (retention < kRetentionMin && !options.allow_short) {
      return user_error(
          "a retention of less than 7 days removes files that readers and writers may still use; "
          "when there are none, add --allow-short-retention");
    }
    const SystemClock clock;
    SLUICE_ASSIGN(
        connectors::Vacuumed done,
        connectors::vacuum(table, path, *files, clock.now(), retention.count(), options.dry_run));
    return DeltaVacuumed{std::move(done.files), done.bytes};
  });
}

Result<DeltaRestored> restore_delta(const std::string& given, std::optional<std::int64_t> version,
                                    std::optional<std::int64_t> timestamp_ms) {
  return at_border("restore the Delta table", [&]() -> Result<DeltaRestored> {
    const std::string path = app::without_slashes(given);
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(lake::Table table, open_table(*files, path));
    if (version.has_value() == timestamp_ms.has_value()) {
      return user_error("say what to restore: --version N or --timestamp TIME");
    }
    if (!version) {
      SLUICE_ASSIGN(version, lake::version_at(table, *timestamp_ms));
    }
    const SystemClock clock;
    SystemRandom random;
    const auto done = connectors::restore(table, path, *files, *version,
                                          {std::string(connectors::kDeltaEngine), clock, random});
    if (!done) return explained(done.error().clone());
    return DeltaRestored{done->version, *version, done->files_removed, done->files_restored,
                         done->metadata_restored};
  });
}

}  // namespace sluice
