#include "connectors/files/parquet_table.h"

#include <memory>
#include <utility>

#include "connector/local_copies.h"
#include "connector/path_option.h"
#include "connectors/files/file_pattern.h"
#include "connectors/files/partition_folders.h"

namespace sluice::connectors {
namespace {

class ParquetTable final : public connector::StaticTable {
 public:
  ParquetTable(const std::string& path, const connector::Context& context)
      : path_(path), pattern_(path, /*recursive=*/true), files_(context.files), copies_(context) {}

  Result<connector::TableVersion> newest() override {
    SLUICE_TRY(pattern_.resolve(files_));
    SLUICE_ASSIGN(const auto listed, pattern_.list(files_, FileOrder::kName));
    connector::TableVersion table;
    std::vector<std::uint64_t> sizes;
    copies_.clear();
    for (const SourceFile& file : listed) {
      if (!file.name.ends_with(".parquet")) continue;
      data::ParquetFile parquet;
      parquet.path = pattern_.path_of(file);
      parquet.partition_values = partition_values(file.name);
      parquet.modified = file.modified;
      table.files.push_back(std::move(parquet));
      sizes.push_back(file.bytes);
      table.version +=
          file.name + " " + std::to_string(file.bytes) + " " + std::to_string(file.modified) + "\n";
    }
    if (table.files.empty()) {
      return user_error("there is no Parquet file: path=" + path_ + "; names must end in .parquet");
    }
    SLUICE_TRY(copies_.add_all(table.files, sizes));
    return table;
  }

 private:
  std::string path_;
  FilePattern pattern_;
  io::FileSystem& files_;
  connector::LocalCopies copies_;  // of the newest version
};

}  // namespace

connector::TableKind parquet_table_kind() {
  connector::TableKind kind;
  kind.name = "parquet";
  kind.text = "Parquet files, read in full; folders such as `day=2024-01-01` give columns.";
  kind.options = {{.name = "path",
                   .type = OptionType::kPath,
                   .text = "A file, a folder, or a glob such as `sellers/*.parquet`.",
                   .required = true,
                   .example = "sellers/"}};
  kind.make =
      [](const Options& options,
         const connector::Context& context) -> Result<std::unique_ptr<connector::StaticTable>> {
    SLUICE_ASSIGN(const std::string path, connector::path_option(options, "path", context.files));
    return {std::make_unique<ParquetTable>(path, context)};
  };
  return kind;
}

}  // namespace sluice::connectors
