#include "connectors/http/staged_bodies.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sluice::connectors::http {
namespace {

Error file_error(const char* what) {
  return transient_error(std::string("http: ") + what +
                         " a temporary file: " + std::system_category().message(errno) +
                         "; its file system (/tmp) may be full");
}

}  // namespace

Status StagedBodies::add(std::string_view row) {
  const bool is_full = body_rows_ > 0 && (body_rows_ >= limits_.rows_max ||
                                          body_.size() + row.size() + 2 > limits_.bytes_max ||
                                          limits_.form == BodyForm::kRow);
  if (is_full) end_body();
  if (held_ >= kHeldBytes) SLUICE_TRY(put_away());
  if (limits_.form == BodyForm::kArray) body_ += body_rows_ == 0 ? '[' : ',';
  body_ += row;
  if (limits_.form == BodyForm::kLines) body_ += '\n';
  ++body_rows_;
  ++rows_;
  bytes_ += row.size();
  return {};
}

/// Puts the body that is growing to the others, its size before it.
void StagedBodies::end_body() {
  if (body_rows_ == 0) return;
  if (limits_.form == BodyForm::kArray) body_ += ']';
  if (pieces_.empty() || pieces_.back().size() >= connector::StagedBytes::kPieceBytes) {
    pieces_.emplace_back();
  }
  const std::uint64_t size = body_.size();
  pieces_.back().append(reinterpret_cast<const char*>(&size), sizeof size).append(body_);
  held_ += sizeof size + body_.size();
  body_.clear();
  body_rows_ = 0;
}

Status StagedBodies::put_away() {
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

Status StagedBodies::store(data::BatchId batch, connector::StagedBytes& bytes) {
  end_body();
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

Status each_body(std::string_view piece, const std::function<Status(std::string_view body)>& take) {
  while (!piece.empty()) {
    std::uint64_t size = 0;
    if (piece.size() >= sizeof size) std::memcpy(&size, piece.data(), sizeof size);
    if (piece.size() < sizeof size || piece.size() - sizeof size < size) {
      return corruption_error("http: the checkpoint's staged requests cannot be read");
    }
    SLUICE_TRY(take(piece.substr(sizeof size, size)));
    piece.remove_prefix(sizeof size + size);
  }
  return {};
}

}  // namespace sluice::connectors::http
