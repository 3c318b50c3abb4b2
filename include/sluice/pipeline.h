#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "sluice/progress.h"

namespace sluice {

/// A source, view or sink of a pipeline in words, for people.
struct PartDescription {
  std::string name;
  std::string kind;  ///< "kafka, json", "stateless", "delta"
  /// Of a source or view: its columns. Of a sink: what it reads, and how.
  std::string detail;
  /// Of a source: where records go that do not decode. Empty: every record does.
  std::string dead_letters;
  /// Of a sink that promises less than "exactly once": "exactly once by key", "at least once".
  std::string promise;
};

struct PipelineDescription {
  std::string name;
  std::string trigger;  ///< "every 5s", "available_now" ...
  std::string checkpoint;
  std::vector<PartDescription> sources;
  std::vector<PartDescription> tables;
  std::vector<PartDescription> views;
  std::vector<PartDescription> sinks;
  std::vector<std::string> warnings;  ///< with their places; the pipeline runs nevertheless
};

enum class TriggerChoice : unsigned char { kAsInFile, kOnce, kAvailableNow };

/// A pipeline file, read and composed: every option checked, nothing connected. One thread.
///
///   auto pipeline = sluice::Pipeline::load("pipeline.yaml", {});
///   if (!pipeline) return fail(pipeline.error());
///   sluice::RunSummary summary;
///   auto done = pipeline->run(sluice::TriggerChoice::kAvailableNow, listener, summary, stop);
class Pipeline {
 public:
  /// `variables` win over the environment where the file says ${NAME}. Errors: kUser, with file,
  /// line and column where they are known.
  static Result<Pipeline> load(const std::string& path,
                               const std::map<std::string, std::string>& variables);

  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  /// Plans the SQL and checks every sink against the rows it is to get; connects to nothing, writes
  /// nothing. Errors: kUser.
  Result<PipelineDescription> check() const;

  /// What is known without planning: no columns, no warnings.
  PipelineDescription describe() const;

  /// Runs until the trigger is done or `stop` is requested, which finishes the current batch.
  /// Blocks. Once only. `summary` (empty at first) holds the batches that were published, also
  /// after an error. Errors: kUser (the pipeline or its data), kConflict (the checkpoint or a
  /// sink belongs to another run), kCorruption (what is stored contradicts itself), kTransient
  /// (retries are used up) and kUnknownOutcome: start again, recovery goes on where this run ended.
  Status run(TriggerChoice trigger, RunListener& listener, RunSummary& summary,
             std::stop_token stop);

 private:
  struct Content;
  explicit Pipeline(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace sluice
