#include "app/handover/handover_job.h"

#include <utility>

#include "app/composition/stores.h"
#include "app/handover/source_place.h"
#include "config/variables.h"
#include "engine/engine.h"

namespace sluice::app {
Result<std::unique_ptr<HandoverJob>> read_handover_job(const HandoverRequest& request) {
  auto job = std::make_unique<HandoverJob>();
  job->request = request;
  const connector::Registry registry = all_connectors();
  SLUICE_ASSIGN(job->file, config::read_pipeline_file(request.pipeline_file, known_kinds(registry),
                                                      config::system_variables(request.variables)));
  config::PipelineFile& file = job->file;
  if (file.checkpoint.empty()) {
    return user_error(request.pipeline_file +
                      ": the pipeline has no checkpoint, so there is nothing to hand over");
  }
  SLUICE_ASSIGN(job->parts, make_runnable(file, limits_of(file)));
  SLUICE_ASSIGN(job->plan, engine::check_pipeline(job->pipeline()));
  for (const config::SourceEntry& source : file.sources) SLUICE_TRY(check_source(source));
  job->checkpoint = without_slashes(file.checkpoint);
  job->spark = request.spark_checkpoint.empty() ? io::join_path(job->checkpoint, "spark")
                                                : without_slashes(request.spark_checkpoint);
  job->is_one_query = !request.spark_checkpoint.empty() && file.sinks.size() == 1;
  SLUICE_ASSIGN(std::vector<PipelineQuery> queries, queries_of(file, job->pipeline(), job->plan));
  for (PipelineQuery& query : queries) {
    if (job->is_one_query && query.sink == nullptr) continue;
    std::string folder = job->is_one_query ? job->spark : io::join_path(job->spark, query.name);
    job->queries.push_back({std::move(query), std::move(folder)});
  }
  return job;
}

}  // namespace sluice::app
