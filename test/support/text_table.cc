#include "support/text_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

namespace sluice::connector {
namespace {

std::string csv_field(const std::string& text, const FileRequest& request) {
  const bool plain = text.find_first_of("\"\r\n" + request.csv_delimiter) == std::string::npos &&
                     text != request.csv_null;
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string ending(FileFormat format) {
  switch (format) {
    case FileFormat::kParquet:
      return ".parquet";
    case FileFormat::kCsv:
      return ".csv";
    case FileFormat::kJsonLines:
      return ".jsonl";
  }
  return "";
}

std::vector<std::size_t> kept_columns(const data::Schema& schema, const FileRequest& request) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (std::ranges::find(request.partition_by, schema[i].name) == request.partition_by.end()) {
      columns.push_back(i);
    }
  }
  return columns;
}

std::string json_line(const data::Schema& schema, const std::vector<std::size_t>& columns,
                      const TextTable::Row& row) {
  nlohmann::ordered_json line;
  for (const std::size_t column : columns) {
    const auto& value = row[column];
    if (value) line[schema[column].name] = *value;
    if (!value) line[schema[column].name] = nullptr;
  }
  return line.dump();
}

std::string csv_line(const std::vector<std::size_t>& columns, const TextTable::Row& row,
                     const FileRequest& request) {
  std::string line;
  for (const std::size_t column : columns) {
    if (column != columns.front()) line += request.csv_delimiter;
    const auto& value = row[column];
    line += value ? csv_field(*value, request) : request.csv_null;
  }
  return line;
}

}  // namespace

TextTable::TextTable(data::Schema schema, std::vector<Row> rows)
    : schema_(std::move(schema)), rows_(std::move(rows)) {}

Result<WrittenFile> TextTable::write_file(const FileRequest& request, const std::string& folder,
                                          std::size_t number, const std::vector<const Row*>& rows) {
  WrittenFile file;
  file.path = folder + request.name_prefix + std::to_string(number) + ending(request.format);
  file.rows = rows.size();
  const auto columns = kept_columns(schema_, request);
  std::string content;
  if (request.format == FileFormat::kCsv && request.csv_header) {
    for (const std::size_t column : columns) {
      if (column != columns.front()) content += request.csv_delimiter;
      content += csv_field(schema_[column].name, request);
    }
    content += '\n';
  }
  for (const Row* row : rows) {
    content += request.format == FileFormat::kJsonLines ? json_line(schema_, columns, *row)
                                                        : csv_line(columns, *row, request);
    content += '\n';
  }
  const std::filesystem::path path = std::filesystem::path(request.folder) / file.path;
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  if (fails_) content.resize(content.size() / 2);
  std::ofstream(path, std::ios::binary) << content;
  if (std::exchange(fails_, false))
    return transient_error("injected failure path=" + path.string());
  file.bytes = content.size();
  return file;
}

Result<std::vector<WrittenFile>> TextTable::write_files(const FileRequest& request) {
  // Folder of the partition -> its rows and its values, in order of first appearance of the values.
  std::map<std::string, std::vector<const Row*>> groups;
  std::map<std::string, std::map<std::string, std::optional<std::string>>> values;
  for (const Row& row : rows_) {
    std::string folder;
    std::map<std::string, std::optional<std::string>> partition;
    for (const std::string& column : request.partition_by) {
      const auto& value = row[static_cast<std::size_t>(schema_.find(column))];
      folder += column + "=" + value.value_or("__HIVE_DEFAULT_PARTITION__") + "/";
      partition[column] = value;
    }
    groups[folder].push_back(&row);
    values[folder] = std::move(partition);
  }
  std::vector<WrittenFile> files;
  for (const auto& [folder, rows] : groups) {
    const std::size_t step = request.rows_per_file == 0 ? rows.size() : request.rows_per_file;
    for (std::size_t first = 0; first < rows.size(); first += step) {
      const auto last = std::min(first + step, rows.size());
      const std::vector<const Row*> part(rows.begin() + static_cast<std::ptrdiff_t>(first),
                                         rows.begin() + static_cast<std::ptrdiff_t>(last));
      SLUICE_ASSIGN(WrittenFile file, write_file(request, folder, files.size(), part));
      file.partition_values = values[folder];
      files.push_back(std::move(file));
    }
  }
  return files;
}

Result<std::uint64_t> TextTable::read_text(std::uint64_t limit,
                                           const std::function<void(const TextRow&)>& receive) {
  std::uint64_t given = 0;
  for (const Row& row : rows_) {
    if (given++ == limit) break;
    TextRow values;
    for (const auto& value : row) {
      values.push_back(value ? std::optional<std::string_view>(*value) : std::nullopt);
    }
    receive(values);
  }
  return rows_.size();
}

}  // namespace sluice::connector
