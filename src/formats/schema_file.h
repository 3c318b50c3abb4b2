#pragma once

#include <string>
#include <utility>

#include "base/config_value.h"
#include "data/type.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// A file with the columns of records (the option `schema_file`), on this machine or in a store:
/// `id BIGINT, price DECIMAL(18,2)`, as CREATE TABLE has them. Read when the decoder is made, since
/// SQL is planned over its columns; check() finds out whether the file has others by now. One
/// thread.
class SchemaFile {
 public:
  /// `path` is the option's value; `files` outlives the object. kUser, with the option's place: no
  /// such file, or no columns in it.
  static Result<SchemaFile> read(const ConfigValue& path, io::FileSystem& files);

  const data::Schema& schema() const { return schema_; }
  /// Where the option is in the pipeline file.
  Error error(const std::string& message) const { return option_.error(message); }

  /// Success as long as the file says what it said when it was read; it is read again only when its
  /// time or size has changed. kUser E_SCHEMA_CHANGED: it has other columns now. kTransient: it
  /// cannot be read at the moment.
  Status check();

 private:
  SchemaFile(ConfigValue option, io::FileSystem& files)
      : option_(std::move(option)), files_(&files) {}
  Result<data::Schema> columns();

  ConfigValue option_;
  io::FileSystem* files_;
  io::FileInfo seen_;  ///< of the text that gave schema_
  data::Schema schema_;
};

}  // namespace sluice::formats
