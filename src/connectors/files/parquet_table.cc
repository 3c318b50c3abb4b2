#include "connectors/files/parquet_table.h"

#include <memory>
#include <string_view>
#include <utility>

#include "base/percent_text.h"
#include "connectors/files/file_pattern.h"

namespace sluice::connectors {
namespace {

/// Hive's folder for the partition of rows that have no value.
constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

/// The values in the folders of "day=2024-01-01/kind=a/part.parquet".
std::map<std::string, std::optional<std::string>> partition_values(std::string_view name) {
  std::map<std::string, std::optional<std::string>> values;
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/')) {
    const std::string_view folder = name.substr(0, slash);
    name.remove_prefix(slash + 1);
    const std::size_t equals = folder.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string value = percent_decoded(folder.substr(equals + 1));
    values[percent_decoded(folder.substr(0, equals))] =
        value == kNullPartition ? std::nullopt : std::optional(value);
  }
  return values;
}

class ParquetTable final : public connector::StaticTable {
 public:
  ParquetTable(const std::string& path, io::FileSystem& files)
      : path_(path), pattern_(path, /*recursive=*/true), files_(files) {}

  Result<connector::TableVersion> newest() override {
    SLUICE_TRY(pattern_.resolve(files_));
    SLUICE_ASSIGN(const auto listed, pattern_.list(files_, FileOrder::kName));
    connector::TableVersion table;
    for (const SourceFile& file : listed) {
      if (!file.name.ends_with(".parquet")) continue;
      table.files.push_back(
          {.path = pattern_.path_of(file), .partition_values = partition_values(file.name)});
      table.version +=
          file.name + " " + std::to_string(file.bytes) + " " + std::to_string(file.modified) + "\n";
    }
    if (table.files.empty()) {
      return user_error("no Parquet file is there: path=" + path_ + "; names must end in .parquet");
    }
    return table;
  }

 private:
  std::string path_;
  FilePattern pattern_;
  io::FileSystem& files_;
};

}  // namespace

connector::TableKind parquet_table_kind() {
  connector::TableKind kind;
  kind.name = "parquet";
  kind.text = "Parquet files, read whole; folders such as `day=2024-01-01` give columns.";
  kind.options = {{.name = "path",
                   .type = OptionType::kPath,
                   .text = "A file, a folder, or a glob such as `sellers/*.parquet`.",
                   .required = true,
                   .example = "sellers/"}};
  kind.make =
      [](const Options& options,
         const connector::Context& context) -> Result<std::unique_ptr<connector::StaticTable>> {
    const std::string& path = options.text("path");
    if (path.empty() || path.find("://") != std::string::npos) {
      return options.value("path").error("'path' must name files of this machine");
    }
    return {std::make_unique<ParquetTable>(path, context.files)};
  };
  return kind;
}

}  // namespace sluice::connectors
