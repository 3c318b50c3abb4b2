#include "connectors/delta/delta_table.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/percent_text.h"
#include "connector/local_copies.h"
#include "connector/path_option.h"
#include "lake/table.h"

namespace sluice::connectors {
namespace {

/// Features by which a file's rows or columns are other than what stands in the file.
constexpr std::string_view kUnreadable[] = {"deletionVectors", "columnMapping"};

class DeltaTable final : public connector::StaticTable {
 public:
  DeltaTable(std::string path, std::optional<std::int64_t> version,
             const connector::Context& context)
      : path_(std::move(path)), version_(version), files_(context.files), copies_(context) {}

  Result<connector::TableVersion> newest() override {
    if (!table_) {
      SLUICE_ASSIGN(const io::StoreAddress address, files_.address(path_));
      SLUICE_ASSIGN(lake::Table opened, lake::Table::open(address, "sluice"));
      table_ = std::make_unique<lake::Table>(std::move(opened));
    }
    SLUICE_ASSIGN(const bool there, table_->refresh());
    if (!there) return user_error("no Delta table is there: path=" + path_);
    const lake::TableState& state = table_->state();
    for (const std::string_view feature : kUnreadable) {
      const auto& features = state.features;
      const auto mapping = state.configuration.find("delta.columnMapping.mode");
      const bool mapped = feature == "columnMapping" && mapping != state.configuration.end() &&
                          mapping->second != "none";
      if (!mapped && std::ranges::find(features, feature) == features.end()) continue;
      return user_error("the Delta table uses " + std::string(feature) +
                        ", which cannot be read yet: path=" + path_);
    }
    connector::TableVersion out;
    out.version = std::to_string(version_.value_or(state.version));
    out.schema = state.schema.columns;
    SLUICE_ASSIGN(const auto files, table_->files(version_));
    copies_.clear();
    for (const lake::DataFile& file : files) {
      const std::string path = percent_decoded(file.path);
      data::ParquetFile parquet;
      parquet.shown_path = path.starts_with('/') ? path : io::join_path(path_, path);
      // A data file's name is never used again, so its time says nothing.
      SLUICE_ASSIGN(parquet.path,
                    copies_.add(parquet.shown_path, static_cast<std::uint64_t>(file.bytes), 0));
      for (const std::string& column : state.partition_by) {
        const auto value = file.partition_values.find(column);
        parquet.partition_values[column] =
            value == file.partition_values.end() ? std::nullopt : std::optional(value->second);
      }
      out.files.push_back(std::move(parquet));
    }
    return out;
  }

 private:
  std::string path_;
  std::optional<std::int64_t> version_;
  io::FileSystem& files_;
  connector::LocalCopies copies_;  // of the version that was read last
  std::unique_ptr<lake::Table> table_;
};

}  // namespace

connector::TableKind delta_table_kind() {
  connector::TableKind kind;
  kind.name = "delta";
  kind.text = "A Delta Lake table, read whole.";
  kind.options = {{.name = "path",
                   .type = OptionType::kPath,
                   .text = "The table's folder.",
                   .required = true,
                   .example = "lake/sellers"},
                  {.name = "version",
                   .type = OptionType::kInteger,
                   .text = "The version to read. By default the newest, again at each refresh.",
                   .minimum = 0}};
  kind.make =
      [](const Options& options,
         const connector::Context& context) -> Result<std::unique_ptr<connector::StaticTable>> {
    SLUICE_ASSIGN(std::string path, connector::path_option(options, "path", context.files));
    std::optional<std::int64_t> version;
    if (options.has("version")) version = options.integer("version");
    return {std::make_unique<DeltaTable>(std::move(path), version, context)};
  };
  return kind;
}

}  // namespace sluice::connectors
