#include "state/backup_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <utility>

#include <xxhash.h>

#include "base/crash_point.h"
#include "base/json.h"

namespace sluice::state {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kNumberDigits = 11;
constexpr std::string_view kEnding = ".json";

std::string manifest_json(const BackupManifest& manifest) {
  OrderedJson files = OrderedJson::array();
  for (const BackupFile& file : manifest.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"pieces", file.pieces}});
  }
  const OrderedJson json = {
      {"format", kFormat},        {"number", manifest.number}, {"pipeline", manifest.pipeline},
      {"batch", manifest.batch},  {"time", manifest.time},     {"id", manifest.id},
      {"files", std::move(files)}};
  return dump_json(json, 1) + "\n";
}

bool has_file_shape(const OrderedJson& file) {
  if (!file.is_object() || !file.value("path", OrderedJson()).is_string()) return false;
  // Written by others it could name a place outside the folder.
  const std::string path = file["path"];
  if (path.empty() || path.front() == '/' || path.find("..") != std::string::npos) return false;
  if (!file.value("bytes", OrderedJson()).is_number_unsigned()) return false;
  const OrderedJson pieces = file.value("pieces", OrderedJson());
  return pieces.is_array() && std::ranges::all_of(pieces, [](const OrderedJson& piece) {
           return piece.is_string() && piece.get<std::string>().find('/') == std::string::npos;
         });
}

bool has_manifest_shape(const OrderedJson& json) {
  if (!json.is_object() || !json.value("files", OrderedJson()).is_array()) return false;
  for (const char* key : {"number", "batch", "time"}) {
    if (!json.value(key, OrderedJson()).is_number_integer()) return false;
  }
  return json.value("pipeline", OrderedJson()).is_string() &&
         std::ranges::all_of(json["files"], has_file_shape);
}

/// -1: the name is not a manifest's.
std::int64_t number_of(std::string_view name) {
  if (!name.ends_with(kEnding)) return -1;
  name.remove_suffix(kEnding.size());
  std::int64_t number = -1;
  const auto* end = name.data() + name.size();
  const auto [stopped, problem] = std::from_chars(name.data(), end, number);
  const bool fine = name.size() >= kNumberDigits && problem == std::errc() && stopped == end;
  return fine ? number : -1;
}

Error broken(const std::string& what) {
  return corruption_error("E_BACKUP_BROKEN: " + what +
                          "; restore another backup (--backup NUMBER; `sluice checkpoint list` "
                          "shows them)");
}

}  // namespace

std::uint64_t BackupManifest::bytes() const {
  std::uint64_t sum = 0;
  for (const BackupFile& file : files) sum += file.bytes;
  return sum;
}

std::string piece_name(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  std::array<char, 80> name{};
  std::snprintf(name.data(), name.size(), "%016llx%016llx-%zu",
                static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64), bytes.size());
  return name.data();
}

std::string BackupStore::manifest_path(std::int64_t number) const {
  std::string digits = std::to_string(number);
  if (digits.size() < kNumberDigits) digits.insert(0, kNumberDigits - digits.size(), '0');
  return io::join_path(folder_, digits + std::string(kEnding));
}

std::string BackupStore::piece_path(const std::string& name) const {
  return io::join_path(folder_, "pieces/" + name);
}

Result<std::vector<std::int64_t>> BackupStore::numbers() {
  SLUICE_ASSIGN(const auto listed, files_.list(folder_, /*recursive=*/false));
  std::vector<std::int64_t> numbers;
  for (const io::FileInfo& file : listed) {
    const std::int64_t number = number_of(io::file_name(file.path));
    if (number >= 0) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<BackupManifest> BackupStore::read(std::int64_t number) {
  const std::string path = manifest_path(number);
  SLUICE_ASSIGN(const std::string text, files_.read(path));
  const OrderedJson json = parse_ordered_json(text);
  if (json.is_object() && json.value("format", OrderedJson()) != kFormat) {
    return corruption_error("E_CHECKPOINT_FORMAT: backup path=" + path + " has format " +
                            dump_json(json.value("format", OrderedJson())) +
                            ", this program reads " + std::to_string(kFormat) +
                            "; use the sluice that made it");
  }
  if (!has_manifest_shape(json)) return broken("not a manifest of a backup path=" + path);
  BackupManifest manifest;
  manifest.number = number;
  manifest.pipeline = json["pipeline"].get<std::string>();
  manifest.batch = json["batch"].get<data::BatchId>();
  manifest.time = json["time"].get<Micros>();
  if (const OrderedJson id = json.value("id", OrderedJson()); id.is_string()) manifest.id = id;
  for (const OrderedJson& file : json["files"]) {
    manifest.files.push_back({file["path"].get<std::string>(), file["bytes"].get<std::uint64_t>(),
                              file["pieces"].get<std::vector<std::string>>()});
  }
  return manifest;
}

Status BackupStore::learn_pieces() {
  if (knows_pieces_) return {};
  const std::string folder = io::join_path(folder_, "pieces");
  SLUICE_TRY(files_.make_folders(folder));
  SLUICE_ASSIGN(const auto listed, files_.list(folder, /*recursive=*/false));
  pieces_.clear();
  for (const io::FileInfo& file : listed) {
    const std::string name = io::file_name(file.path);
    // Of what a full disk or a cut connection left, the size shows it.
    if (name.ends_with("-" + std::to_string(file.bytes))) pieces_.insert(name);
  }
  knows_pieces_ = true;
  return {};
}

Result<BackupFile> BackupStore::put_file(const std::string& local, std::string path,
                                         std::stop_token stop) {
  SLUICE_TRY(learn_pieces());
  BackupFile file{.path = std::move(path)};
  std::string bytes(kPieceBytes, '\0');
  while (true) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "the backup was stopped");
    SLUICE_ASSIGN(const std::size_t read, files_.read_at(local, file.bytes, bytes));
    if (read == 0) return file;
    const std::string_view piece = std::string_view(bytes).substr(0, read);
    std::string name = piece_name(piece);
    if (!pieces_.contains(name)) {
      SLUICE_TRY(files_.write_atomic(piece_path(name), piece));
      pieces_.insert(name);
      crash_point("backup.piece");
    }
    file.bytes += read;
    file.pieces.push_back(std::move(name));
    if (read < bytes.size()) return file;
  }
}

Result<bool> BackupStore::put(const BackupManifest& manifest, Micros began) {
  const std::string text = manifest_json(manifest);
  const std::string path = manifest_path(manifest.number);
  const auto written = files_.write_if_absent(path, text);
  if (written && *written) return true;
  if (!written && written.error().kind() != Kind::kUnknownOutcome) return written.error().clone();
  // Perhaps it was this very call, and its answer was lost.
  SLUICE_ASSIGN(const auto found, files_.find(path));
  if (!found) return transient_error("backup path=" + path + " may not have been written");
  SLUICE_ASSIGN(const std::string there, files_.read(path));
  if (there == text) {
    SLUICE_TRY(files_.sync(folder_));
    return true;
  }
  SLUICE_ASSIGN(const BackupManifest other, read(manifest.number));
  if (other.pipeline == manifest.pipeline && other.time < began) return false;
  return Error(Kind::kConflict, "E_BACKUP_FENCED: backup path=" + path +
                                    " was written by another run; two pipelines must not back up "
                                    "to one folder");
}

Status BackupStore::prune(int keep) {
  SLUICE_TRY(learn_pieces());
  SLUICE_ASSIGN(const auto all, numbers());
  const std::size_t gone =
      all.size() > static_cast<std::size_t>(keep) ? all.size() - static_cast<std::size_t>(keep) : 0;
  std::set<std::string> named;
  for (std::size_t i = gone; i < all.size(); ++i) {
    // One that cannot be read might name any piece.
    SLUICE_ASSIGN(const BackupManifest manifest, read(all[i]));
    for (const BackupFile& file : manifest.files) {
      named.insert(file.pieces.begin(), file.pieces.end());
    }
  }
  for (std::size_t i = 0; i < gone; ++i) {
    SLUICE_TRY(files_.remove(manifest_path(all[i])));
    crash_point("backup.removed_one");
  }
  SLUICE_ASSIGN(const auto listed, files_.list(io::join_path(folder_, "pieces"), false));
  for (const io::FileInfo& piece : listed) {
    const std::string name = io::file_name(piece.path);
    if (named.contains(name)) continue;
    SLUICE_TRY(files_.remove(piece.path));
    pieces_.erase(name);
    crash_point("backup.removed_piece");
  }
  return {};
}

Status BackupStore::fetch(const BackupFile& file, const std::string& local) {
  SLUICE_TRY(files_.make_folders(io::parent_folder(local)));
  std::ofstream out(local, std::ios::binary | std::ios::trunc);
  std::uint64_t bytes = 0;
  for (const std::string& name : file.pieces) {
    const std::string path = piece_path(name);
    SLUICE_ASSIGN(const auto there, files_.find(path));
    if (!there) return broken("a piece of " + file.path + " is gone path=" + path);
    SLUICE_ASSIGN(const std::string piece, files_.read(path));
    if (piece_name(piece) != name) {
      return broken("a piece of " + file.path + " has other bytes than were written path=" + path);
    }
    out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes += piece.size();
  }
  out.close();
  if (!out) return transient_error("cannot write path=" + local + "; is the disk full?");
  if (bytes != file.bytes) return broken("pieces of " + file.path + " are missing");
  SLUICE_TRY(files_.sync(local));
  return files_.sync(io::parent_folder(local));
}

}  // namespace sluice::state
