#include "connector/piece_buffer.h"

#include <cerrno>
#include <system_error>

namespace sluice::connector {
namespace {

Error file_error(const char* what) {
  return transient_error(std::string("cannot ") + what +
                         " a temporary file: " + std::system_category().message(errno) +
                         "; its file system (/tmp) may be full");
}

}  // namespace

Status PieceBuffer::make_room() {
  if (!pieces_.empty() && pieces_.back().size() < StagedBytes::kPieceBytes) return {};
  if (held_ >= kHeldBytes) SLUICE_TRY(put_away());
  pieces_.emplace_back();
  return {};
}

Status PieceBuffer::put_away() {
  if (file_ == nullptr) file_.reset(std::tmpfile());
  if (file_ == nullptr) return file_error("make");
  for (const std::string& piece : pieces_) {
    if (std::fwrite(piece.data(), 1, piece.size(), file_.get()) != piece.size()) {
      return file_error("write");
    }
    filed_.push_back(piece.size());
  }
  pieces_.clear();
  held_ = 0;
  return {};
}

Status PieceBuffer::store(data::BatchId batch, StagedBytes& bytes) {
  SLUICE_TRY(bytes.clear());
  if (file_ != nullptr) {
    if (std::fflush(file_.get()) != 0) return file_error("write");
    std::rewind(file_.get());
    std::string piece;
    for (const std::size_t size : filed_) {
      piece.resize(size);
      if (std::fread(piece.data(), 1, size, file_.get()) != size) return file_error("read");
      SLUICE_TRY(bytes.add(batch, piece));
    }
  }
  for (const std::string& piece : pieces_) SLUICE_TRY(bytes.add(batch, piece));
  return {};
}

}  // namespace sluice::connector
