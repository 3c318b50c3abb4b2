#include "sql/scan/broken_file.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/shown_text.h"
#include "sql/scan/parquet_select.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kShownBytes = 200;

const std::string& shown_path(const data::ParquetFile& file) {
  return file.shown_path.empty() ? file.path : file.shown_path;
}

bool is_there(const std::string& path) {
  std::error_code failure;
  return std::filesystem::exists(path, failure) || failure;
}

/// Reads all columns of one file.
Status read_whole(Session& session, const data::ParquetRows& rows, const data::ParquetFile& file) {
  data::ParquetRows one;
  one.schema = rows.schema;
  one.stored = rows.stored;
  one.files = {file};
  SLUICE_ASSIGN(const std::string select, parquet_select(session, one));
  return session.execute("SELECT max(hash(r)) FROM (" + select + ") AS r");
}

/// Has one of our codes, and says all.
bool is_named(const std::string& message) {
  return message.starts_with("E_") || message.find(" E_") != std::string::npos;
}

/// Neither the file's fault nor for ever.
bool is_passing(Kind kind) { return kind == Kind::kCancelled || kind == Kind::kTransient; }

}  // namespace

Error name_broken_file(Session& session, const data::ParquetRows& rows, Error error) {
  if (error.kind() == Kind::kCancelled || error.kind() == Kind::kCorruption) return error;
  if (is_named(error.message())) return error;
  for (const data::ParquetFile& file : rows.files) {
    if (is_there(file.path)) continue;
    return corruption_error("E_FILE_GONE: a data file is gone: file=" + shown_path(file) +
                            "; restore it, or (for a Delta table that was vacuumed) read a version "
                            "whose files are still there");
  }
  for (const data::ParquetFile& file : rows.files) {
    const Status read = read_whole(session, rows, file);
    if (read) continue;
    const std::string& problem = read.error().message();
    const bool full = is_passing(read.error().kind()) && is_named(problem);
    if (full || read.error().kind() == Kind::kCancelled) return error;
    return corruption_error(
        "E_BROKEN_FILE: the Parquet file cannot be read: file=" + shown_path(file) + ": " +
        shown_text(problem, kShownBytes) + "; write it again, or remove it");
  }
  return error;
}

}  // namespace sluice::sql
