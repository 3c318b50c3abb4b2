#include "cli/status_text.h"

#include <algorithm>

#include "base/quantity_text.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

std::string elapsed_text(std::chrono::nanoseconds elapsed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  auto two = [](std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  const std::string hours = seconds >= 3600 ? std::to_string(seconds / 3600) + ":" : "";
  return hours + two(seconds / 60 % 60) + ":" + two(seconds % 60);
}

}  // namespace

Lag sum_of(Lag SourceProgress::* lag, const BatchProgress& progress) {
  Lag sum;
  for (const SourceProgress& source : progress.sources) {
    if (source.*lag) sum = sum.value_or(0) + *(source.*lag);
  }
  return sum;
}

Lag oldest_of(const BatchProgress& progress) {
  Lag oldest;
  for (const SourceProgress& source : progress.sources) {
    if (source.lag_us) oldest = std::max(oldest.value_or(0), *source.lag_us);
  }
  return oldest;
}

void StatusText::on_state(const std::string& pipeline, PipelineState state) {
  pipelines_[pipeline].state = state;
}

void StatusText::on_batch(const std::string& pipeline, const BatchProgress& progress) {
  pipelines_[pipeline].last = progress;
  rows_ += rows_of(progress);
  dead_letters_ += dead_letters_of(progress);
}

std::string StatusText::phase() const {
  if (stopping_) return "stopping after the current batch (Ctrl+C again: at once)";
  const bool starting = std::ranges::any_of(
      pipelines_, [](const auto& entry) { return entry.second.state == PipelineState::kStarting; });
  return pipelines_.empty() || starting ? "starting" : "waiting for rows";
}

std::optional<BatchProgress> StatusText::newest() const {
  std::optional<BatchProgress> sum;
  for (const auto& [name, shown] : pipelines_) {
    if (!shown.last || !(alone_ || is_active(shown.state))) continue;
    if (!sum) {
      sum = shown.last;
      continue;
    }
    sum->sources.insert(sum->sources.end(), shown.last->sources.begin(), shown.last->sources.end());
    sum->state_rows += shown.last->state_rows;
  }
  return sum;
}

std::int64_t StatusText::rows_per_second() const {
  double rate = 0;
  for (const auto& [name, shown] : pipelines_) {
    if (!shown.last || !is_active(shown.state) || shown.last->duration_us <= 0) continue;
    rate += static_cast<double>(rows_of(*shown.last)) * 1e6 /
            static_cast<double>(shown.last->duration_us);
  }
  return static_cast<std::int64_t>(rate + 0.5);
}

std::string StatusText::render(std::size_t columns, std::chrono::nanoseconds elapsed,
                               bool colour) const {
  std::string text;
  std::size_t width = 0;
  auto add = [&](const std::string& part, Tone tone) {
    const std::size_t gap = width == 0 ? 0 : 3;
    if (width + gap + part.size() >= columns) return;
    text += std::string(gap, ' ') + toned(part, tone, colour);
    width += gap + part.size();
  };
  const std::optional<BatchProgress> last = newest();
  if (stopping_ || !last) add(phase(), stopping_ ? Tone::kYellow : Tone::kPlain);
  if (!alone_) {
    const auto count = [this](auto wanted) {
      return std::ranges::count_if(pipelines_,
                                   [&](const auto& entry) { return wanted(entry.second.state); });
    };
    add(count_text(count(is_active)) + " of " +
            counted(static_cast<std::int64_t>(pipelines_.size()), "pipeline", "pipelines"),
        Tone::kBold);
    const auto failed = count([](PipelineState state) { return state == PipelineState::kFailed; });
    if (failed > 0) add(count_text(failed) + " failed", Tone::kRed);
  }
  if (last) {
    if (alone_) add("batch " + count_text(last->batch), Tone::kBold);
    add(alone_ ? rate_text(rows_of(*last), last->duration_us)
               : rate_text(rows_per_second(), 1'000'000),
        Tone::kPlain);
    if (const Lag lag = sum_of(&SourceProgress::lag, *last)) {
      const Lag bytes = sum_of(&SourceProgress::lag_bytes, *last);
      const Lag age = oldest_of(*last);
      add("lag " + count_text(*lag) + (bytes ? " (" + bytes_text(*bytes) + ")" : "") +
              (age.value_or(0) > 0 ? ", " + duration_text(*age) : ""),
          Tone::kPlain);
    }
    if (last->state_rows > 0) {
      add("state " + counted(last->state_rows, "row", "rows"), Tone::kPlain);
    }
    if (dead_letters_ > 0) {
      add(counted(dead_letters_, "dead letter", "dead letters"), Tone::kYellow);
    }
    add("total " + counted(rows_, "row", "rows"), Tone::kPlain);
    if (alone_) add(duration_text(last->duration_us), Tone::kFaint);
  }
  add(elapsed_text(elapsed), Tone::kFaint);
  return text;
}

}  // namespace sluice::cli
