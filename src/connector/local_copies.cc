#include "connector/local_copies.h"

#include "base/check.h"

namespace sluice::connector {

Result<std::string> LocalCopies::add(const std::string& path, std::uint64_t bytes,
                                     Micros modified) {
  if (files_.is_local(path)) return path;
  SLUICE_CHECK(spool_ != nullptr);
  SLUICE_ASSIGN(io::LocalCopy copy, spool_->fetch(path, bytes, modified));
  held_.push_back(std::move(copy));
  return held_.back().path();
}

}  // namespace sluice::connector
