#include "app/rehearsal/rehearsal.h"

#include <utility>

namespace sluice::app {

Result<std::unique_ptr<Runnable>> make_rehearsal(const config::PipelineFile& given,
                                                 const std::string& checkpoint) {
  config::PipelineFile file = given;
  file.checkpoint = checkpoint;
  file.backup.reset();
  file.alerting = {};
  file.charts.clear();
  file.sinks.clear();
  for (config::SourceEntry& source : file.sources) source.dead_letter.reset();
  SLUICE_ASSIGN(auto made, make_runnable(file, limits_of(file)));
  for (engine::SourcePart& source : made->composition.pipeline.sources) {
    source.dead_letter = std::make_unique<RowsSink>(no_rows());
    source.dead_letter_promise = connector::Promise::kAtLeastOnce;
  }
  return made;
}

engine::SinkPart rows_part(const std::string& name, const std::string& from,
                           connector::OutputMode mode, RowsSink::Take take) {
  engine::SinkPart part;
  part.name = name;
  part.from = from;
  part.mode = mode;
  part.sink = std::make_unique<RowsSink>(std::move(take));
  part.promise = connector::Promise::kAtLeastOnce;  // it has no head
  return part;
}

RowsSink::Take no_rows() {
  return [](data::BatchId, connector::BatchTable&) -> Result<std::uint64_t> {
    return std::uint64_t{0};
  };
}

}  // namespace sluice::app
