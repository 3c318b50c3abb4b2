#include "formats/schema_file.h"

#include <utility>

namespace sluice::formats {

Result<SchemaFile> SchemaFile::read(const ConfigValue& path, io::FileSystem& files) {
  SchemaFile file(path, files);
  if (path.text().empty()) return path.error("'schema_file' must name a file, not be empty");
  auto seen = files.stat(path.text());
  if (!seen) return std::move(seen).error().with(path.error("schema_file").message());
  file.seen_ = *std::move(seen);
  SLUICE_ASSIGN(file.schema_, file.columns());
  return file;
}

Result<data::Schema> SchemaFile::columns() {
  auto text = files_->read(option_.text());
  if (!text) return std::move(text).error().with(option_.error("schema_file").message());
  auto parsed = data::Schema::parse(*text);
  if (!parsed) {
    return option_.error("schema_file " + option_.text() + ": " + parsed.error().message() +
                         "; write columns as CREATE TABLE has them: id BIGINT, name VARCHAR");
  }
  return parsed;
}

Status SchemaFile::check() {
  auto seen = files_->stat(option_.text());
  if (!seen) return std::move(seen).error().with(option_.error("schema_file").message());
  if (seen->modified == seen_.modified && seen->bytes == seen_.bytes) return {};
  SLUICE_ASSIGN(const data::Schema now, columns());
  if (now != schema_) {
    return option_.error("E_SCHEMA_CHANGED: the columns in " + option_.text() + " were (" +
                         schema_.to_string() + ") and are now (" + now.to_string() +
                         "); start the pipeline again");
  }
  seen_ = *std::move(seen);
  return {};
}

}  // namespace sluice::formats
