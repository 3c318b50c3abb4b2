#include "connectors/files/file_sink.h"

#include <algorithm>

#include "base/crash_point.h"
#include "connector/file_staging.h"
#include "connector/in_parallel.h"
#include "connectors/files/line_files.h"
#include "connectors/files/part_names.h"
#include "io/file_system.h"
#include "io/put_if_absent.h"

namespace sluice::connectors {

using connector::OutputMode;
using connector::Staged;
using connector::WrittenFile;

namespace {

/// Requests to a store at a time.
constexpr std::size_t kMovesMax = 8;

bool is_nested(const data::Type& type) {
  return type.id() == data::TypeId::kStruct || type.id() == data::TypeId::kList ||
         type.id() == data::TypeId::kMap;
}

bool holds_hugeint(const data::Type& type) {
  return type.id() == data::TypeId::kHugeint ||
         std::ranges::any_of(type.children(),
                             [](const data::Field& child) { return holds_hugeint(child.type); });
}

/// Parquet has no 128-bit integer, which is what sum() of integers gives.
Status check_parquet(const data::Schema& schema) {
  for (const data::Field& field : schema.fields()) {
    if (!holds_hugeint(field.type)) continue;
    const std::string name = data::quote_identifier(field.name);
    return user_error("Parquet cannot store column '" + field.name + "' of type " +
                      field.type.to_string() + " exactly; write CAST(" + name +
                      " AS BIGINT) or CAST(" + name + " AS DECIMAL(38,0)) in the view");
  }
  return {};
}

std::string format_name(FolderFormat format) {
  switch (format) {
    case FolderFormat::kParquet:
      return "Parquet";
    case FolderFormat::kCsv:
      return "CSV";
    case FolderFormat::kJsonLines:
      return "JSON lines";
  }
  return "";
}

/// `folder` and those above it, up to the top, as relative paths; "" is the top itself.
void add_folders_of(const std::string& relative_file, std::set<std::string>& folders) {
  for (std::string folder = io::parent_folder(relative_file); folder != ".";
       folder = io::parent_folder(folder)) {
    folders.insert(folder);
  }
  folders.insert("");
}

}  // namespace

FileSink::FileSink(FileSinkOptions options, const connector::Context& context)
    : options_(std::move(options)),
      context_(context),
      files_(context.files),
      writer_(writer_name(context.pipeline, context.name)),
      staging_(io::join_path(options_.path, "_staging/" + writer_) +
               std::string(kWriterFolderEnding)),
      batches_(io::join_path(options_.path, "_batches/" + writer_) +
               std::string(kWriterFolderEnding)),
      old_staging_(io::join_path(options_.path, "_staging/" + writer_)),
      old_batches_(io::join_path(options_.path, "_batches/" + writer_)) {}

Status FileSink::check(const data::Schema& schema, OutputMode mode) const {
  const std::string what = "a folder of " + format_name(options_.format) + " files";
  if (mode == OutputMode::kUpdate) {
    return user_error(what + " cannot change rows, so mode 'update' is not possible; use mode " +
                      "'append' or 'complete', or a delta sink");
  }
  for (const std::string& name : options_.partition_by) {
    const int index = schema.find(name);
    if (index < 0) {
      return user_error("partition_by names column '" + name +
                        "', which the view does not have: " + schema.to_string());
    }
    if (is_nested(schema[static_cast<std::size_t>(index)].type)) {
      return user_error("partition_by column '" + name + "' must not be nested");
    }
  }
  if (!options_.partition_by.empty() && options_.partition_by.size() >= schema.size()) {
    return user_error("partition_by takes all columns; leave at least one for the files");
  }
  if (options_.format == FolderFormat::kParquet) return check_parquet(schema);
  if (options_.format != FolderFormat::kCsv) return {};
  for (const data::Field& field : schema.fields()) {
    if (is_nested(field.type) || field.type.id() == data::TypeId::kBlob) {
      const std::string call = is_nested(field.type) ? "to_json(" : "base64(";
      return user_error("CSV cannot store column '" + field.name + "' of type " +
                        field.type.to_string() + "; write " + call +
                        data::quote_identifier(field.name) + ") in a view, or use a parquet sink");
    }
  }
  return {};
}

Status FileSink::probe(const data::Schema& /*schema*/, OutputMode /*mode*/,
                       connector::Probe& probe) {
  static_cast<void>(probe.step("write " + options_.path,
                               [this] { return context_.files.try_writing(options_.path); }));
  return probe.step("list", [this]() -> Status {
    auto listed = context_.files.list(io::join_path(options_.path, "_batches"), true);
    return listed ? Status() : std::move(listed).error();
  });
}

Status FileSink::open(const data::Schema& schema, OutputMode mode) {
  SLUICE_TRY(files_.make_folders(options_.path));
  SLUICE_TRY(files_.make_private_folders(staging_));
  SLUICE_TRY(files_.make_folders(batches_));
  // What a run that was killed has written there must not be lost after it was relied on.
  SLUICE_TRY(files_.sync(batches_));
  SLUICE_TRY(io::check_put_if_absent(files_, staging_, context_.random));
  SLUICE_TRY(move_old_manifests());
  SLUICE_ASSIGN(const auto old_staging, files_.find(old_staging_));
  was_old_layout_ = old_staging.has_value();
  mode_ = connector::output_mode_name(mode);
  columns_ = schema.to_string();
  SLUICE_ASSIGN(const Log log, look());
  SLUICE_ASSIGN(const auto newest, newest_of(log));
  if (!newest) return {};
  if (newest->mode != mode_) {
    return user_error("path=" + options_.path + " was written in mode '" + newest->mode +
                      "', not '" + mode_ + "'; choose another path");
  }
  if (newest->columns != columns_ && mode == OutputMode::kAppend) {
    return user_error("path=" + options_.path + " holds files with the columns " + newest->columns +
                      ", the view has " + columns_ + "; choose another path");
  }
  return {};
}

std::string FileSink::staged_path(const std::string& staging, const std::string& relative) {
  return io::join_path(staging, relative + std::string(kStagedEnding));
}

/// "k=v/.part-0.csv" becomes "k=v/part-0.csv.staged".
Status FileSink::give_staged_name(const std::string& folder, WrittenFile& file) {
  const std::string hidden = file.path;
  file.path.erase(file.path.rfind('/') + 1, 1);
  file.path += kStagedEnding;
  return files_.rename(io::join_path(folder, hidden), io::join_path(folder, file.path));
}

Result<std::vector<WrittenFile>> FileSink::write_hidden(data::BatchId batch,
                                                        connector::BatchTable& rows,
                                                        const std::string& folder) const {
  const std::string prefix =
      "." + batch_prefix(batch) + writer_mark(writer_) + context_.random.uuid() + "-";
  if (options_.format == FolderFormat::kJsonLines) {
    LineFilesRequest request;
    request.folder = folder;
    request.name_prefix = prefix;
    request.partition_by = options_.partition_by;
    request.rows_per_file = options_.rows_per_file;
    if (options_.compression == "gzip") request.packing = io::Packing::kGzip;
    if (options_.compression == "zstd") request.packing = io::Packing::kZstd;
    return write_json_lines(rows, request);
  }
  connector::FileRequest request;
  request.format = options_.format == FolderFormat::kCsv ? connector::FileFormat::kCsv
                                                         : connector::FileFormat::kParquet;
  request.folder = folder;
  request.name_prefix = prefix;
  request.partition_by = options_.partition_by;
  request.rows_per_file = options_.rows_per_file;
  request.compression = options_.compression;
  request.row_group_rows = options_.row_group_rows;
  request.csv_header = options_.csv_header;
  request.csv_delimiter = options_.csv_delimiter;
  request.csv_null = options_.csv_null;
  return rows.write_files(request);
}

Result<Staged> FileSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  const std::string stamp = epoch_ > 0 ? connector::stage_stamp(epoch_, run_->mark) : "";
  const std::string folder = stamp.empty() ? staging_ : io::join_path(staging_, stamp);
  if (!stamp.empty()) SLUICE_TRY(files_.make_folders(folder));
  connector::FileStaging staging(context_, folder);
  SLUICE_ASSIGN(const std::string to_write, staging.folder_to_write());
  SLUICE_ASSIGN(auto written, write_hidden(batch, rows, to_write));
  for (WrittenFile& file : written) SLUICE_TRY(give_staged_name(to_write, file));
  crash_point("files.written");
  SLUICE_TRY(staging.make_durable(written));
  crash_point("files.staged");

  Manifest manifest;
  manifest.batch = batch;
  manifest.mode = mode_;
  manifest.columns = columns_;
  manifest.staging = stamp;
  Staged staged;
  staged.batch = batch;
  for (const WrittenFile& file : written) {
    const std::string name = file.path.substr(0, file.path.size() - kStagedEnding.size());
    manifest.files.push_back({name, file.bytes, file.rows});
    staged.rows += file.rows;
    staged.bytes += file.bytes;
  }
  staged.action = manifest_json(manifest);
  return staged;
}

Status FileSink::check_manifest(const Manifest& ours, const Manifest& there) const {
  if (there.batch == ours.batch && there.plan_hash == ours.plan_hash) return {};
  return Error(Kind::kConflict,
               "E_FENCED: batch=" + std::to_string(there.batch) + " path=" + options_.path +
                   " was written by another run: hash=" + there.plan_hash +
                   ", ours batch=" + std::to_string(ours.batch) + " hash=" + ours.plan_hash +
                   "; two pipelines must not write as " + writer_);
}

Result<std::optional<io::FileInfo>> FileSink::find_staged(const std::string& staging,
                                                          const std::string& relative) const {
  SLUICE_ASSIGN(auto staged, files_.find(staged_path(staging, relative)));
  if (staged) return staged;
  return files_.find(io::join_path(old_staging_, relative));
}

Status FileSink::move_file(const std::string& staging, const ManifestFile& file) {
  const std::string to = io::join_path(options_.path, file.path);
  SLUICE_ASSIGN(const auto moved, files_.find(to));
  SLUICE_ASSIGN(const auto staged, find_staged(staging, file.path));
  if (moved) {
    if (moved->bytes == file.bytes && !staged) return {};
    return corruption_error("file path=" + to + " bytes=" + std::to_string(moved->bytes) +
                            " is where a staged file of bytes=" + std::to_string(file.bytes) +
                            " belongs; move it elsewhere");
  }
  if (!staged) {
    return corruption_error("staged file is gone path=" + staged_path(staging, file.path) +
                            "; nothing but sluice may remove files below _staging");
  }
  const std::string folder = io::parent_folder(file.path);
  if (folder != ".") SLUICE_TRY(files_.make_folders(io::join_path(options_.path, folder)));
  SLUICE_TRY(files_.rename(staged->path, to));
  crash_point("files.moved");
  return {};
}

Status FileSink::move_object(const std::string& staging, const ManifestFile& file) {
  const std::string to = io::join_path(options_.path, file.path);
  const std::string from = staged_path(staging, file.path);
  // A copy and a removal, perhaps not for the first time: the name has a UUID, what is there is
  // ours.
  Status renamed = files_.rename(from, to);
  if (!renamed) {
    SLUICE_ASSIGN(const auto staged, find_staged(staging, file.path));
    if (staged) {
      // Of the layout before, or it may pass.
      if (staged->path == from) return renamed;
      renamed = files_.rename(staged->path, to);
      if (!renamed) return renamed;
    }
  }
  if (renamed) {
    crash_point("files.moved");
    return {};
  }
  SLUICE_ASSIGN(const auto moved, files_.find(to));
  if (moved && moved->bytes == file.bytes) return {};
  return corruption_error("staged file is gone path=" + staged_path(staging, file.path) +
                          "; nothing but sluice may remove files below _staging");
}

Status FileSink::move_all(const std::string& staging, const std::vector<ManifestFile>& files) {
  if (!files_.is_local(options_.path)) {
    return connector::in_parallel(files.size(), kMovesMax,
                                  [&](std::size_t i) { return move_object(staging, files[i]); });
  }
  std::set<std::string> folders;
  for (const ManifestFile& file : files) {
    SLUICE_TRY(move_file(staging, file));
    add_folders_of(file.path, folders);
  }
  for (const std::string& folder : folders) {
    SLUICE_TRY(files_.sync(folder.empty() ? options_.path : io::join_path(options_.path, folder)));
  }
  return {};
}

Status FileSink::publish(const Staged& staged) {
  SLUICE_ASSIGN(Manifest manifest, parse_manifest(staged.action, "outbox"));
  manifest.plan_hash = staged.plan_hash;
  manifest.notes = staged.notes;
  const std::string staging = staging_of(manifest);
  manifest.staging.clear();
  auto published = publish_manifest(manifest, staging);
  if (published) return {};
  // Whatever went wrong, that another run has taken over says more.
  if (auto held = check_claim(nullptr); !held && held.error().kind() == Kind::kConflict)
    return held;
  return published;
}

std::string FileSink::staging_of(const Manifest& manifest) const {
  return manifest.staging.empty() ? staging_ : io::join_path(staging_, manifest.staging);
}

bool FileSink::is_own_part(std::string_view name) const { return is_part_of(name, writer_); }

Status FileSink::publish_manifest(const Manifest& manifest, const std::string& staging) {
  SLUICE_ASSIGN(const Log log, look());
  SLUICE_ASSIGN(const auto newest, newest_of(log));
  if (newest && newest->batch >= manifest.batch) {
    SLUICE_TRY(check_manifest(manifest, *newest));
    head_ = newest->batch;
    // An earlier call may have failed after it had written the manifest.
    return files_.sync(batches_);
  }
  if (epoch_ > 0) SLUICE_TRY(check_epoch(log));
  SLUICE_TRY(move_all(staging, manifest.files));
  crash_point("files.moved_all");
  tried_ = manifest.plan_hash;
  auto committed = check_claim(nullptr);
  if (committed) committed = commit(manifest);
  if (!committed) {
    if (committed.error().kind() == Kind::kConflict) SLUICE_TRY(move_back(staging, manifest.files));
    return committed;
  }
  crash_point("files.committed");
  head_ = manifest.batch;
  if (newest && manifest.mode == connector::output_mode_name(OutputMode::kComplete)) {
    SLUICE_TRY(remove_replaced({manifest_path(newest->batch)}, manifest));
    crash_point("files.replaced");
  }
  SLUICE_TRY(remove_orphans(manifest));
  std::set<std::string> moved;
  for (const ManifestFile& file : manifest.files) moved.insert(file.path);
  remove_empty_folders(staging, moved);
  if (was_old_layout_) remove_empty_folders(old_staging_, moved);
  return remove_old_manifests(log);
}

Status FileSink::commit(const Manifest& manifest) {
  const std::string path = manifest_path(manifest.batch);
  SLUICE_ASSIGN(const bool written, files_.write_if_absent(path, manifest_json(manifest)));
  if (written) return {};
  SLUICE_ASSIGN(const Manifest there, read_manifest(path));
  SLUICE_TRY(check_manifest(manifest, there));
  return files_.sync(batches_);
}

Status FileSink::discard_uploads(data::BatchId newest) {
  // Also of copies into place, which large files take in parts.
  SLUICE_ASSIGN(const auto uploads, files_.pending_uploads(options_.path));
  for (const io::PendingUpload& upload : uploads) {
    if (!is_own_part(io::file_name(upload.path))) continue;
    const bool staged = upload.path.starts_with(staging_ + "/");
    if (staged && !may_discard(upload.path.substr(staging_.size() + 1), newest)) continue;
    SLUICE_TRY(files_.abort_upload(upload));
  }
  return {};
}

Status FileSink::discard_in(const std::string& folder, data::BatchId newest) {
  SLUICE_ASSIGN(const auto listed, files_.list(folder, /*recursive=*/true));
  std::set<std::string> removed;
  for (const io::FileInfo& file : listed) {
    const std::string relative = file.path.substr(folder.size() + 1);
    if (folder == staging_) {
      if (!may_discard(relative, newest)) continue;
    } else if (!is_part_of(io::file_name(relative), writer_) || relative.ends_with(kStagedEnding)) {
      continue;  // the folder may be the one of another writer in this layout
    }
    SLUICE_TRY(files_.remove(file.path));
    removed.insert(relative);
    crash_point("files.discarded");
  }
  remove_empty_folders(folder, removed);
  return {};
}

Status FileSink::discard_staged() {
  SLUICE_ASSIGN(const Log log, look());
  SLUICE_TRY(discard_in(staging_, log.newest_batch()));
  if (was_old_layout_) {
    SLUICE_TRY(discard_in(old_staging_, log.newest_batch()));
    // One in which something else lies stays: that is no failure.
    if (files_.is_local(old_staging_)) static_cast<void>(files_.remove(old_staging_));
  }
  SLUICE_TRY(discard_uploads(log.newest_batch()));
  // A kill between a manifest and the removal of what it replaced leaves old files behind.
  if (log.manifests.size() < 2 || mode_ != connector::output_mode_name(OutputMode::kComplete)) {
    return {};
  }
  SLUICE_ASSIGN(const Manifest live, read_manifest(log.manifests.back()));
  return remove_replaced({log.manifests.begin(), log.manifests.end() - 1}, live);
}

}  // namespace sluice::connectors
