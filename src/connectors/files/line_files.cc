#include "connectors/files/line_files.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "connector/partition_path.h"
#include "formats/json_encoder.h"
#include "io/packed_file.h"
#include "io/system_error.h"

namespace sluice::connectors {
namespace {

using connector::RowChunk;
using connector::WrittenFile;

/// Lines go into the file when there are so many bytes of them.
constexpr std::size_t kFlushBytes = std::size_t{256} << 10U;

std::string ending(const LineFilesRequest& request) {
  if (!request.packing) return ".jsonl";
  return request.packing == io::Packing::kGzip ? ".jsonl.gz" : ".jsonl.zst";
}

/// Takes rows that come partition by partition.
class LineFiles {
 public:
  LineFiles(const LineFilesRequest& request, const data::Schema& schema) : request_(request) {
    for (const std::string& name : request.partition_by) {
      folders_.push_back(static_cast<std::size_t>(schema.find(name)));
    }
    for (std::size_t i = 0; i < schema.size(); ++i) {
      if (std::ranges::find(folders_, i) != folders_.end()) continue;
      inner_.push_back(i);
      inner_schema_.add(schema[i]);
    }
    partition_.resize(folders_.size());
  }

  /// The columns that the files have inside.
  const data::Schema& inner_schema() const { return inner_schema_; }

  Status add(const RowChunk& chunk, const formats::Encoder& encoder) {
    const data::ChunkReader columns = inner_columns(chunk);
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      const bool is_full = request_.rows_per_file > 0 && rows_ == request_.rows_per_file;
      if (file_ == nullptr || is_full || !is_same_partition(chunk, row)) {
        SLUICE_TRY(close_file());
        SLUICE_TRY(open_file(chunk, row));
      }
      SLUICE_TRY(encoder.append(columns, row, lines_));
      lines_ += '\n';
      ++rows_;
      if (lines_.size() >= kFlushBytes) SLUICE_TRY(flush());
    }
    return {};
  }

  Result<std::vector<WrittenFile>> finish() {
    SLUICE_TRY(close_file());
    return std::move(files_);
  }

 private:
  data::ChunkReader inner_columns(const RowChunk& chunk) {
    if (folders_.empty()) return chunk.columns;
    inner_readers_.clear();
    for (const std::size_t column : inner_) inner_readers_.push_back(chunk.columns[column]);
    return inner_readers_;
  }

  static std::optional<std::string_view> text_at(const data::VectorReader& column,
                                                 std::size_t row) {
    if (column.is_null(row)) return std::nullopt;
    return column.text(row);
  }

  bool is_same_partition(const RowChunk& chunk, std::size_t row) const {
    for (std::size_t i = 0; i < folders_.size(); ++i) {
      if (text_at(chunk.columns[folders_[i]], row) != partition_[i]) return false;
    }
    return true;
  }

  /// For rows of the partition that `row` is in.
  Status open_file(const RowChunk& chunk, std::size_t row) {
    WrittenFile& file = files_.emplace_back();
    std::string folder;
    for (std::size_t i = 0; i < folders_.size(); ++i) {
      partition_[i] = text_at(chunk.columns[folders_[i]], row);
      const std::string& name = request_.partition_by[i];
      SLUICE_ASSIGN(const std::string part, connector::partition_folder(name, partition_[i]));
      folder += part + "/";
      // The empty text is NULL in a partition, as for Spark.
      const bool is_null = !partition_[i] || partition_[i]->empty();
      file.partition_values[name] = is_null ? std::nullopt : partition_[i];
    }
    if (!folder.empty()) {
      const std::string path = request_.folder + "/" + folder;
      std::error_code failure;
      std::filesystem::create_directories(path, failure);
      if (failure) return io::system_error("make folder", path, failure.value());
    }
    file.path =
        folder + request_.name_prefix + std::to_string(files_.size() - 1) + ending(request_);
    SLUICE_ASSIGN(file_,
                  io::PackedFile::create(request_.folder + "/" + file.path, request_.packing));
    return {};
  }

  Status flush() {
    SLUICE_TRY(file_->write(lines_));
    lines_.clear();
    return {};
  }

  Status close_file() {
    if (file_ == nullptr) return {};
    SLUICE_TRY(flush());
    SLUICE_ASSIGN(files_.back().bytes, file_->finish());
    files_.back().rows = std::exchange(rows_, 0);
    file_.reset();
    return {};
  }

  const LineFilesRequest& request_;
  std::vector<std::size_t> folders_;  // columns that are folders
  std::vector<std::size_t> inner_;    // the others
  data::Schema inner_schema_;
  std::vector<data::VectorReader> inner_readers_;  // of the chunk in hand
  std::vector<std::optional<std::string>> partition_;
  std::unique_ptr<io::PackedFile> file_;  // the last of files_; null: none is open
  std::uint64_t rows_ = 0;                // in it
  std::string lines_;                     // of it, not yet written
  std::vector<WrittenFile> files_;
};

}  // namespace

Result<std::vector<WrittenFile>> write_json_lines(connector::BatchTable& rows,
                                                  const LineFilesRequest& request) {
  const connector::ChunkRequest chunks{.partition_by = request.partition_by};
  LineFiles files(request, connector::chunk_schema(rows.schema(), chunks));
  SLUICE_ASSIGN(
      const auto encoder,
      formats::make_json_encoder(files.inner_schema(), formats::JsonForm::kLines, rows.zone()));
  const auto add = [&](const RowChunk& chunk) -> Result<bool> {
    SLUICE_TRY(files.add(chunk, *encoder));
    return true;
  };
  SLUICE_TRY(rows.read_chunks(chunks, add));
  return files.finish();
}

}  // namespace sluice::connectors
