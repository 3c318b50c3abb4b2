#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "connector/piece_buffer.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// How rows become the bodies of requests.
enum class BodyForm : unsigned char {
  kArray,  ///< a JSON array of rows
  kLines,  ///< a row a line
  kRow,    ///< one row
};

struct BodyLimits {
  BodyForm form = BodyForm::kArray;
  std::uint64_t rows_max = 500;
  std::uint64_t bytes_max = 1 << 20;  ///< one row always gets through
};

/// Makes bodies of the rows of a batch while they are read, and stores them in the checkpoint then.
/// One thread.
class StagedBodies {
 public:
  explicit StagedBodies(const BodyLimits& limits) : limits_(limits) {}

  /// Takes a row as its format writes it. kTransient: no room for a temporary file.
  Status add(std::string_view row);

  std::uint64_t rows() const { return rows_; }
  /// Of the rows.
  std::uint64_t bytes() const { return bytes_; }

  /// REQUIRES: inside Sink::stage(), no rows are being read. Nothing is added any more.
  Status store(data::BatchId batch, connector::StagedBytes& bytes);

 private:
  Status end_body();

  const BodyLimits limits_;
  std::string body_;  // is growing; empty: none is
  std::uint64_t body_rows_ = 0;
  connector::PieceBuffer pieces_;  // of whole bodies
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Gives the bodies in a piece to `take`, until one is an error. kCorruption: it is no piece.
Status each_body(std::string_view piece, const std::function<Status(std::string_view body)>& take);

}  // namespace sluice::connectors::http
