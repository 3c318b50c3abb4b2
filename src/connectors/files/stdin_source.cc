#include "connectors/files/stdin_source.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include <unistd.h>

namespace sluice::connectors {
namespace {

using connector::Ending;

/// How long at most latest() waits for lines that are on their way from the pipe into the inbox:
/// the time of a slow disk.
constexpr std::chrono::milliseconds kOnTheirWay{1000};

/// Takes the process's standard input for the source that keeps its records in `folder`: for good,
/// as what one source has read is gone for all others. A pipeline that starts again has the same.
bool take_standard_input(const std::string& folder) {
  static std::mutex mutex;
  static std::string taken_for;
  const std::lock_guard lock(mutex);
  if (taken_for.empty()) taken_for = folder;
  return taken_for == folder;
}

}  // namespace

StdinSource::StdinSource(StdinOptions options, const connector::Context& context, int input)
    : options_(options),
      folder_(context.folder),
      former_folder_(context.former_folder),
      input_(input),
      files_(context.files),
      inbox_({context.folder, "stdin", options.buffer_bytes}, context.files) {}

Status StdinSource::open(std::stop_token /*stop*/) {
  if (!former_folder_.empty()) {
    SLUICE_ASSIGN(const auto former, files_.find(former_folder_));
    SLUICE_ASSIGN(const auto own, files_.find(folder_));
    if (former && !own) SLUICE_TRY(files_.rename(former_folder_, folder_));
  }
  if (input_ == STDIN_FILENO && !take_standard_input(folder_)) {
    return user_error("standard input has one reader: another source reads it already");
  }
  return inbox_.open();
}

Status StdinSource::freeze_now() {
  frozen_end_ = inbox_.end();
  return {};
}

Result<data::Offset> StdinSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  if (frozen_end_) {
    SLUICE_ASSIGN(const std::int64_t left, connector::Inbox::records_between(from, *frozen_end_));
    if (left <= 0) return from;
    data::ReadLimit within = limit;
    within.records = std::min(limit.records, left);
    return inbox_.latest(from, within);
  }
  SLUICE_ASSIGN(data::Offset to, inbox_.latest(from, limit));
  if (!reader_) reader_.emplace(input_, options_.record_bytes_max, inbox_);
  if (to != from) return to;
  if (reader_->is_at_work()) inbox_.wait_beyond(from, kOnTheirWay, {}, SystemClock());
  // Also what came before the reader was looked at.
  SLUICE_ASSIGN(to, inbox_.latest(from, limit));
  if (to != from) return to;
  SLUICE_TRY(reader_->problem());
  return to;
}

Ending StdinSource::ending(const data::Offset& from) const {
  if (!reader_ || !reader_->ended()) return Ending::kPending;
  const auto left = inbox_.records_after(from);
  return left && *left == 0 ? Ending::kEnded : Ending::kPending;
}

Result<std::unique_ptr<data::RecordBatch>> StdinSource::read(const data::Offset& from,
                                                             const data::Offset& to,
                                                             std::stop_token /*stop*/) {
  return inbox_.read(from, to);
}

Result<connector::Lag> StdinSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const std::int64_t records, inbox_.records_after(from));
  return connector::Lag{records};
}

void StdinSource::wait_for_data(const data::Offset& from, std::chrono::milliseconds wait,
                                std::stop_token stop, const Clock& clock) {
  inbox_.wait_beyond(from, wait, stop, clock);
}

connector::SourceKind stdin_source_kind() {
  connector::SourceKind kind;
  kind.name = "stdin";
  kind.text =
      "The lines of standard input, one a record; the run ends with it. They are stored in the "
      "checkpoint before a batch takes them, so that a run after a crash goes on with what the "
      "last "
      "one had read.";
  kind.options = {
      {.name = "max_records_per_trigger",
       .type = OptionType::kInteger,
       .text = "Records that one batch takes at most. Default: no limit.",
       .minimum = 1},
      {.name = "max_bytes_per_trigger",
       .type = OptionType::kByteSize,
       .text = "Bytes that one batch takes at most; one record always gets through.",
       .default_text = "32MiB",
       .minimum = 1},
      {.name = "max_record_bytes",
       .type = OptionType::kByteSize,
       .text = "A longer line stops the pipeline.",
       .default_text = "64MiB",
       .minimum = 1024,
       .maximum = 1 << 30},
      {.name = "buffer",
       .type = OptionType::kByteSize,
       .text =
           "Once so much is stored and not yet in a published batch, standard input is not read "
           "further: its writer waits.",
       .default_text = "256MiB",
       .minimum = 1 << 20}};
  kind.make = [](const Options& given,
                 const connector::Context& context) -> Result<std::unique_ptr<connector::Source>> {
    StdinOptions options;
    options.record_bytes_max = static_cast<std::uint64_t>(given.integer("max_record_bytes"));
    options.buffer_bytes = static_cast<std::uint64_t>(given.integer("buffer"));
    return {std::make_unique<StdinSource>(options, context, STDIN_FILENO)};
  };
  return kind;
}

}  // namespace sluice::connectors
