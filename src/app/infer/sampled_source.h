#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "app/composition/scratch_folder.h"
#include "app/composition/source_composition.h"
#include "base/clock.h"
#include "base/random.h"
#include "config/pipeline_file.h"
#include "data/record_batch.h"
#include "io/file_system.h"
#include "io/spool.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// A source of a pipeline file, of which the first records are looked at: without an engine, and
/// without a checkpoint. One thread.
class SampledSource {
 public:
  /// `yaml`: the lines below the source's name, with four blanks in front. Errors as of a pipeline
  /// file.
  static Result<std::unique_ptr<SampledSource>> make(const std::string& yaml);

  /// The batches from the beginning on, together of `records` at most; `look` says whether it needs
  /// more. A columnar source's are files. Once.
  Status read(std::int64_t records, const std::stop_token& stop,
              const std::function<Result<bool>(const data::RecordBatch&)>& look);

  const engine::SourcePart& part() const { return made_.part; }
  /// After read(): nothing comes after what was given.
  bool at_end() const { return at_end_; }
  /// For files of its own.
  const std::string& scratch() const { return scratch_.path(); }

 private:
  SampledSource() = default;

  ScratchFolder scratch_;
  SystemClock clock_;
  SystemRandom random_;
  connector::Registry registry_ = all_connectors();
  config::PipelineFile file_;
  std::unique_ptr<io::FileSystem> files_;
  std::unique_ptr<io::Spool> spool_;
  MadeSource made_;
  bool at_end_ = false;
};

}  // namespace sluice::app
