#include "connectors/delta/delta_table.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/timestamp_text.h"
#include "connector/local_copies.h"
#include "connector/path_option.h"
#include "connectors/delta/open_table.h"
#include "lake/readable.h"

namespace sluice::connectors {
namespace {

/// The version that the options pin.
struct Pin {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;

  bool is_set() const { return version || timestamp_ms; }
};

class DeltaTable final : public connector::StaticTable {
 public:
  DeltaTable(std::string path, Pin pin, const connector::Context& context)
      : path_(std::move(path)), pin_(pin), files_(context.files), copies_(context) {}

  Result<connector::TableVersion> newest() override {
    if (table_ == nullptr) {
      SLUICE_TRY(open());
    } else if (!pin_.is_set()) {
      SLUICE_ASSIGN(const bool there, table_->refresh());
      if (!there) return user_error("the Delta table is gone: path=" + path_);
    }
    const lake::TableState& state = table_->state();
    if (auto known = lake::check_readable(state); !known) {
      return std::move(known).error().with("path=" + path_);
    }
    connector::TableVersion out;
    out.version = std::to_string(state.version);
    out.schema = state.schema.columns;
    out.stored = lake::stored_columns(state);
    SLUICE_ASSIGN(const auto files, table_->files());
    SLUICE_ASSIGN(auto deletions, table_->deletions());
    std::vector<std::uint64_t> sizes;
    copies_.clear();
    for (const lake::DataFile& file : files) {
      data::ParquetFile parquet;
      parquet.shown_path = lake::data_path(path_, file.path);
      if (pin_.is_set()) SLUICE_TRY(check_there(parquet.shown_path));
      parquet.modified = file.modified_ms * 1000;
      parquet.path = parquet.shown_path;
      sizes.push_back(static_cast<std::uint64_t>(file.bytes));
      parquet.partition_values = lake::partition_values_of(state, file.partition_values);
      if (const auto rows = deletions.find(file.path); rows != deletions.end()) {
        parquet.rows = {.kind = data::RowSelection::Kind::kWithout,
                        .rows = std::move(rows->second)};
      }
      out.files.push_back(std::move(parquet));
    }
    SLUICE_TRY(copies_.add_all(out.files, sizes));
    return out;
  }

 private:
  Status open() {
    SLUICE_ASSIGN(auto table, open_existing(path_, files_));
    if (!pin_.is_set()) {
      table_ = std::move(table);
      return {};
    }
    std::int64_t version = pin_.version.value_or(0);
    if (pin_.timestamp_ms) {
      auto found = table->version_as_of(*pin_.timestamp_ms);
      if (!found) return std::move(found).error().with("path=" + path_);
      version = *found;
    }
    if (version > table->state().version) {
      return user_error("the Delta table has no version " + std::to_string(version) +
                        ", the newest is " + std::to_string(table->state().version) +
                        ": path=" + path_);
    }
    auto older = table->at_version(version);
    if (!older) return std::move(older).error().with("path=" + path_);
    table_ = std::make_unique<lake::Table>(*std::move(older));
    return {};
  }

  /// Of an older version, whose files may have been cleaned up.
  Status check_there(const std::string& file) const {
    SLUICE_ASSIGN(const auto there, files_.find(file));
    if (there) return {};
    return user_error("E_FILE_GONE: a data file of the Delta table's version " +
                      std::to_string(table_->state().version) + " is gone (VACUUM?): file=" + file +
                      "; read a newer version");
  }

  std::string path_;
  Pin pin_;
  io::FileSystem& files_;
  connector::LocalCopies copies_;  // of the newest version
  std::unique_ptr<lake::Table> table_;
};

std::vector<OptionSpec> table_option_specs() {
  return {{.name = "path",
           .type = OptionType::kPath,
           .text = "The table's folder.",
           .required = true,
           .example = "lake/sellers"},
          {.name = "version",
           .type = OptionType::kInteger,
           .text = "The version to read. By default the newest, again at each refresh.",
           .minimum = 0},
          {.name = "timestamp",
           .type = OptionType::kText,
           .text = "The version to read is the newest one of this time, UTC unless a zone is "
                   "given; also milliseconds since 1970.",
           .example = "2024-05-01 12:00:00"}};
}

Result<std::unique_ptr<connector::StaticTable>> make_table(const Options& options,
                                                           const connector::Context& context) {
  SLUICE_ASSIGN(std::string path, connector::path_option(options, "path", context.files));
  Pin pin;
  if (options.has("version")) pin.version = options.integer("version");
  if (options.has("timestamp")) {
    const ConfigValue& given = options.value("timestamp");
    if (pin.version) return given.error("version and timestamp both name a version; give one");
    pin.timestamp_ms = parse_timestamp_ms(given.text());
    if (!pin.timestamp_ms) {
      return given.error(
          "'" + given.text() +
          "' is not a timestamp; write \"2024-05-01 12:00:00\" (UTC), add a zone like "
          "+02:00, or give milliseconds since 1970");
    }
  }
  return {std::make_unique<DeltaTable>(std::move(path), pin, context)};
}

}  // namespace

connector::TableKind delta_table_kind() {
  connector::TableKind kind;
  kind.name = "delta";
  kind.text = "A Delta Lake table, read in full.";
  kind.options = table_option_specs();
  kind.make = make_table;
  return kind;
}

}  // namespace sluice::connectors
