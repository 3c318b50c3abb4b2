#include "app/composition/runnable.h"

#include <set>
#include <utility>

#include "app/composition/stores.h"
#include "config/variables.h"
#include "sql/files/parquet_rewriter.h"

namespace sluice::app {

Result<config::PipelineFile> file_of_last_start(const state::LastStart& last,
                                                std::map<std::string, std::string> given) {
  const connector::Registry registry = all_connectors();
  for (const auto& [name, value] : last.sql_variables) given[name] = value;
  config::Variables values = config::system_variables(std::move(given));
  std::set<std::string> unused;
  values.unused = &unused;
  return config::read_pipeline_text(last.text, "the file of the last start", known_kinds(registry),
                                    values);
}

Result<std::unique_ptr<Runnable>> make_runnable(const config::PipelineFile& given,
                                                const Limits& limits, charts::ChartBoard* charts) {
  auto made = std::make_unique<Runnable>();
  config::PipelineFile file = given;
  if (file.checkpoint.empty()) {
    made->scratch = std::make_unique<ScratchFolder>();
    SLUICE_TRY(made->scratch->make());
    file.checkpoint = made->scratch->path();
  }
  SLUICE_ASSIGN(made->files, make_file_system(file));
  made->spool = std::make_unique<io::Spool>(*made->files, io::join_path(file.checkpoint, "spool"));
  made->rewriter = sql::make_parquet_rewriter(rewriter_options(file, limits));
  SLUICE_ASSIGN(made->composition,
                compose(file, {made->registry, made->clock, made->random, *made->files,
                               made->spool.get(), made->rewriter.get(), charts}));
  made->composition.pipeline.memory_limit = limits.memory_bytes;
  made->composition.pipeline.threads = limits.threads;
  return made;
}

}  // namespace sluice::app
