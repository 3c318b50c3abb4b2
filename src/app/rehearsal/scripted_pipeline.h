#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/composition/runnable.h"
#include "app/rehearsal/cuts.h"
#include "app/rehearsal/given_records.h"
#include "app/rehearsal/scripted_source.h"
#include "app/rehearsal/test_file.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// The batches that the engine makes of a test's, which `cuts` says.
std::vector<Moment> moments_of(const TestCase& test, const Cuts& cuts);

/// Records of a test by source or table, and by batch.
using MadeRecords = std::map<std::string, std::vector<std::vector<GivenRecord>>>;

/// What the pipeline of a test is made of.
struct ScriptedRequest {
  const TestFile& file;
  const TestCase& test;
  const config::PipelineFile& pipeline;
  const Cuts& cuts;
  std::string checkpoint{};  ///< its folder; "": one that is gone with the pipeline
  /// Those that were made for the same test before; takes what it lacks. Null: all are made.
  MadeRecords* made = nullptr;
};

/// A pipeline whose sources and tables have the rows of a test, and that has no sinks yet; dead
/// letters go nowhere. It runs batch by batch, until the script ends.
class ScriptedPipeline {
 public:
  /// `script` has moments_of() the same; it outlives the pipeline. kUser, with the place: a row
  /// that the format does not take, a source whose columns are not known.
  static Result<std::unique_ptr<ScriptedPipeline>> make(const ScriptedRequest& request,
                                                        Script& script);

  Runnable& parts() { return *parts_; }
  engine::Pipeline& pipeline() { return parts_->composition.pipeline; }
  const std::vector<config::SourceEntry>& source_entries() const { return entries_.sources; }
  const std::vector<config::SinkEntry>& sink_entries() const { return entries_.sinks; }
  const Partitions& partitions() const { return partitions_; }
  /// The checkpoint that the run goes on from has all records of the script's moment, which has
  /// some.
  bool was_read(std::size_t moment) const;

 private:
  explicit ScriptedPipeline(const config::PipelineFile& pipeline) : entries_(pipeline) {}

  void replace_entry(const TestFile& file, config::SourceEntry& entry) const;
  Status replace_source(const ScriptedRequest& request, const config::SourceEntry& entry,
                        Script& script, engine::SourcePart& part);
  Status replace_table(const ScriptedRequest& request, const config::SourceEntry& entry,
                       engine::TablePart& part);
  /// Puts a ScriptedSource into the part; null `script`: of a table.
  Result<RecordMaker*> replace(const ScriptedRequest& request, const config::SourceEntry& entry,
                               Script* script, engine::SourcePart& part);

  config::PipelineFile entries_;
  std::vector<std::unique_ptr<RecordMaker>> makers_;
  std::vector<const ScriptedSource*> sources_;
  Partitions partitions_;
  std::unique_ptr<Runnable> parts_;  // its sources use what is above
};

}  // namespace sluice::app
