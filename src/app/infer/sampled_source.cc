#include "app/infer/sampled_source.h"

#include <chrono>
#include <utility>

#include "app/composition/stores.h"
#include "config/variables.h"

namespace sluice::app {
namespace {

/// Of one batch, which is held in memory.
constexpr std::int64_t kBatchBytes = 8 << 20;
constexpr std::chrono::milliseconds kWait{200};

}  // namespace

Result<std::unique_ptr<SampledSource>> SampledSource::make(const std::string& yaml) {
  std::unique_ptr<SampledSource> made(new SampledSource());
  SLUICE_TRY(made->scratch_.make());
  SLUICE_ASSIGN(made->file_,
                config::read_pipeline_text("name: infer\nsources:\n  rows:\n" + yaml +
                                               "sinks:\n  shown: {from: rows, console: {}}\n"
                                               "checkpoint: none\n",
                                           "infer.yaml", known_kinds(made->registry_),
                                           config::system_variables({})));
  // Dead letters, of which there are none, would go there.
  made->file_.checkpoint = made->scratch_.path();
  SLUICE_ASSIGN(made->files_, make_file_system(made->file_));
  made->spool_ = std::make_unique<io::Spool>(*made->files_, made->scratch_.path() + "/spool");
  SLUICE_ASSIGN(made->made_, make_source(made->file_.sources.at(0), made->file_,
                                         {made->registry_, made->clock_, made->random_,
                                          *made->files_, made->spool_.get()}));
  return made;
}

Status SampledSource::read(std::int64_t records, const std::stop_token& stop,
                           const std::function<Result<bool>(const data::RecordBatch&)>& look) {
  connector::Source& source = *made_.part.source;
  SLUICE_TRY(source.open(stop));
  SLUICE_ASSIGN(data::Offset at, source.initial());
  SLUICE_TRY(source.freeze());
  while (true) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
    data::ReadLimit limit;
    limit.bytes = kBatchBytes;
    // One more is looked for, to know whether there is one.
    limit.records = records > 0 ? records : 1;
    SLUICE_ASSIGN(data::Offset to, source.latest(at, limit));
    if (to.json == at.json) {
      at_end_ = source.ending(at) != connector::Ending::kPending;
      if (at_end_) return {};
      source.wait_for_data(at, kWait, stop, clock_);
      continue;
    }
    if (records <= 0) return {};
    SLUICE_ASSIGN(const auto batch, source.read(at, to, stop));
    records -= static_cast<std::int64_t>(batch->size());
    SLUICE_ASSIGN(const bool more, look(*batch));
    if (!more) return {};
    at = std::move(to);
  }
}

}  // namespace sluice::app
