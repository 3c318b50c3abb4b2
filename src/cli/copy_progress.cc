#include "cli/copy_progress.h"

#include <algorithm>

#include "base/quantity_text.h"
#include "cli/status_text.h"

namespace sluice::cli {
namespace {

constexpr int kBarColumns = 24;

}  // namespace

std::string bar_text(double part) {
  const auto filled = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * kBarColumns);
  const std::string percent = std::to_string(static_cast<int>(part * 100));
  return "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "] " +
         std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + " %   ";
}

void CopyProgress::add(const BatchProgress& batch) {
  rows_ += rows_of(batch);
  for (const SinkProgress& sink : batch.sinks) {
    written_ += sink.rows;
    bytes_ += sink.bytes;
  }
  dead_letters_ += dead_letters_of(batch);
  for (const SourceProgress& source : batch.sources) {
    if (first_dead_letter_.empty() && !source.reasons.empty()) {
      first_dead_letter_ = source.reasons[0].reason + ", first " + source.reasons[0].first;
    }
  }
  lag_ = sum_of(&SourceProgress::lag, batch);
  lag_bytes_ = sum_of(&SourceProgress::lag_bytes, batch);
  if (lag_bytes_ && !first_lag_bytes_) {
    first_lag_bytes_ = lag_bytes_;
    rows_before_ = rows_;
  }
}

std::optional<double> CopyProgress::done() const {
  if (lag_ == 0) return 1.0;
  if (lag_bytes_ && first_lag_bytes_) {
    // What came before the first look had as many bytes a row as what came after it.
    const double seen = static_cast<double>(*first_lag_bytes_ - *lag_bytes_);
    const auto after = static_cast<double>(rows_ - rows_before_);
    if (after <= 0 || seen <= 0) return std::nullopt;
    const double read = seen / after * static_cast<double>(rows_);
    return read / (read + static_cast<double>(*lag_bytes_));
  }
  if (!lag_ || rows_ == 0) return std::nullopt;
  return static_cast<double>(rows_) / static_cast<double>(rows_ + *lag_);
}

std::string CopyProgress::line(std::int64_t elapsed_us) const {
  return counted(rows_, "row", "rows") + "   " + rate_text(rows_, elapsed_us) +
         (bytes_ > 0 ? "   " + bytes_text(bytes_) : "");
}

std::string CopyProgress::bar(std::size_t columns, std::int64_t elapsed_us) const {
  std::string text;
  if (const auto part = done()) text = bar_text(*part);
  text += line(elapsed_us);
  return text.substr(0, columns - 1);
}

}  // namespace sluice::cli
