#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sluice/progress.h"

namespace sluice::cli {

/// "[############............]  50 %   " of a part from 0 to 1.
std::string bar_text(double part);

/// How far a copy has come, by its batches. One thread at a time.
class CopyProgress {
 public:
  void add(const BatchProgress& batch);

  std::int64_t rows() const { return rows_; }  ///< read
  std::int64_t written() const { return written_; }
  std::int64_t bytes() const { return bytes_; }  ///< written
  std::int64_t dead_letters() const { return dead_letters_; }
  const std::string& first_dead_letter() const { return first_dead_letter_; }

  /// The part that is done, 0 to 1; null: not known. Of sources that count what is left in files
  /// the bytes count.
  std::optional<double> done() const;

  /// "[############............]  50 %   1,234 rows   617 rows/s   1.2 MB", cut to fit.
  std::string bar(std::size_t columns, std::int64_t elapsed_us) const;
  /// "1,234 rows   617 rows/s   1.2 MB"; without bytes where none is written.
  std::string line(std::int64_t elapsed_us) const;

 private:
  std::int64_t rows_ = 0;
  std::int64_t written_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t dead_letters_ = 0;
  std::string first_dead_letter_;
  // Of the newest batch; null: unknown.
  std::optional<std::int64_t> lag_;
  std::optional<std::int64_t> lag_bytes_;
  // After the first batch that said it: what was left, and the rows that had been read.
  std::optional<std::int64_t> first_lag_bytes_;
  std::int64_t rows_before_ = 0;
};

}  // namespace sluice::cli
