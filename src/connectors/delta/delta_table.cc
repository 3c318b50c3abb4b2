#include "connectors/delta/delta_table.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/percent_text.h"
#include "lake/table.h"

namespace sluice::connectors {
namespace {

/// Features by which a file's rows or columns are other than what stands in the file.
constexpr std::string_view kUnreadable[] = {"deletionVectors", "columnMapping"};

class DeltaTable final : public connector::StaticTable {
 public:
  DeltaTable(std::string path, std::optional<std::int64_t> version)
      : path_(std::move(path)), version_(version) {}

  Result<connector::TableVersion> newest() override {
    if (!table_) {
      SLUICE_ASSIGN(lake::Table opened, lake::Table::open(path_, "sluice"));
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
    for (const lake::DataFile& file : files) {
      const std::string path = percent_decoded(file.path);
      data::ParquetFile parquet;
      parquet.path = path.starts_with('/') ? path : io::join_path(path_, path);
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
         const connector::Context& /*context*/) -> Result<std::unique_ptr<connector::StaticTable>> {
    std::string path = options.text("path");
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    if (path.empty() || path.find("://") != std::string::npos) {
      return options.value("path").error("delta reads local folders only so far: path=" + path);
    }
    std::optional<std::int64_t> version;
    if (options.has("version")) version = options.integer("version");
    return {std::make_unique<DeltaTable>(std::move(path), version)};
  };
  return kind;
}

}  // namespace sluice::connectors
