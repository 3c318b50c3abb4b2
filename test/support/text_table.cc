#include "support/text_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>

#include "base/check.h"
#include "formats/value_text.h"
#include "formats/vector_memory.h"

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

/// Rows of texts as vectors of the schema's types.
class TypedColumns {
 public:
  TypedColumns(const data::Schema& schema, std::span<const TextTable::Row* const> rows) {
    for (std::size_t column = 0; column < schema.size(); ++column) {
      const auto plan = formats::compile_plan(schema[column].type);
      SLUICE_CHECK(plan.has_value());
      auto& vector =
          memory_.emplace_back(std::make_unique<formats::VectorMemory>(*plan, rows.size()))
              ->vector();
      for (std::size_t row = 0; row < rows.size(); ++row) {
        if (const auto& text = (*rows[row])[column]; !text) {
          vector.set_null(row);
        } else {
          const auto reason = formats::write_text(
              *plan, *text, {.rules = formats::Rules::kCsv, .arena = arena_}, vector, row);
          SLUICE_CHECK(reason == formats::Reason::kNone);
        }
      }
      readers_.emplace_back(vector);
    }
  }

  data::ChunkReader readers() const { return readers_; }

 private:
  data::Arena arena_;
  std::vector<std::unique_ptr<formats::VectorMemory>> memory_;
  std::vector<data::VectorReader> readers_;
};

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
    content += csv_line(columns, *row, request);
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

Status TextTable::read_chunks(const ChunkRequest& request,
                              const std::function<Result<bool>(const RowChunk&)>& receive) {
  std::vector<const Row*> rows;
  for (const Row& row : rows_) rows.push_back(&row);
  std::ranges::stable_sort(rows, {}, [&](const Row* row) {
    Row key;
    for (const std::string& name : request.partition_by) {
      key.push_back((*row)[static_cast<std::size_t>(schema_.find(name))]);
    }
    return key;
  });
  const data::Schema schema = chunk_schema(schema_, request);
  for (std::size_t first = 0; first < rows.size(); first += data::kChunkRowsMax) {
    const std::size_t count = std::min(data::kChunkRowsMax, rows.size() - first);
    const TypedColumns columns(schema, {rows.data() + first, count});
    SLUICE_ASSIGN(const bool goes_on, receive({columns.readers(), count}));
    if (!goes_on) break;
  }
  return {};
}

}  // namespace sluice::connector
