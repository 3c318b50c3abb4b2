#include "connectors/http/staged_bodies.h"

#include <cstring>

namespace sluice::connectors::http {
Status StagedBodies::add(std::string_view row) {
  const bool is_full = body_rows_ > 0 && (body_rows_ >= limits_.rows_max ||
                                          body_.size() + row.size() + 2 > limits_.bytes_max ||
                                          limits_.form == BodyForm::kRow);
  if (is_full) SLUICE_TRY(end_body());
  if (limits_.form == BodyForm::kArray) body_ += body_rows_ == 0 ? '[' : ',';
  body_ += row;
  if (limits_.form == BodyForm::kLines) body_ += '\n';
  ++body_rows_;
  ++rows_;
  bytes_ += row.size();
  return {};
}

/// Puts the body that is growing to the others, its size before it.
Status StagedBodies::end_body() {
  if (body_rows_ == 0) return {};
  if (limits_.form == BodyForm::kArray) body_ += ']';
  const std::uint64_t size = body_.size();
  SLUICE_TRY(pieces_.add_by([&](std::string& piece) {
    piece.append(reinterpret_cast<const char*>(&size), sizeof size).append(body_);
  }));
  body_.clear();
  body_rows_ = 0;
  return {};
}

Status StagedBodies::store(data::BatchId batch, connector::StagedBytes& bytes) {
  SLUICE_TRY(end_body());
  return pieces_.store(batch, bytes);
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
