#include "connector/local_copies.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "connector/in_parallel.h"

namespace sluice::connector {
namespace {

/// Requests to a store at a time.
constexpr std::size_t kFetchesMax = 8;

}  // namespace

Result<std::string> LocalCopies::add(const std::string& path, std::uint64_t bytes,
                                     Micros modified) {
  if (files_.is_local(path)) return path;
  SLUICE_CHECK(spool_ != nullptr);
  SLUICE_ASSIGN(io::LocalCopy copy, spool_->fetch(path, bytes, modified));
  held_.push_back(std::move(copy));
  return held_.back().path();
}

Status LocalCopies::add_all(std::vector<data::ParquetFile>& files,
                            const std::vector<std::uint64_t>& sizes) {
  std::vector<std::optional<io::LocalCopy>> copies(files.size());
  SLUICE_TRY(in_parallel(files.size(), kFetchesMax, [&](std::size_t i) -> Status {
    if (files_.is_local(files[i].path)) return {};
    SLUICE_CHECK(spool_ != nullptr);
    SLUICE_ASSIGN(copies[i], spool_->fetch(files[i].path, sizes[i], files[i].modified));
    return {};
  }));
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!copies[i]) continue;
    if (files[i].shown_path.empty()) files[i].shown_path = files[i].path;
    files[i].path = copies[i]->path();
    held_.push_back(*std::move(copies[i]));
  }
  return {};
}

}  // namespace sluice::connector
