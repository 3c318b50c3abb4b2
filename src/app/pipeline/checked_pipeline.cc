#include "app/lint/lint.h"
#include "app/pipeline/pipeline_content.h"
#include "app/pipeline/plan_description.h"
#include "base/border.h"
#include "engine/explained_pipeline.h"
#include "sluice/lint.h"

namespace sluice {

Result<CheckedPipeline> check_with_lints(const Pipeline& pipeline) {
  return at_border("check the pipeline", [&]() -> Result<CheckedPipeline> {
    const Pipeline::Content& content = pipeline.content();
    const engine::Pipeline& parts = content.parts->composition.pipeline;
    CheckedPipeline checked{pipeline.describe(), {}};
    const auto look = [&](const engine::ExplainedPipeline& explained,
                          sql::Session& session) -> Status {
      app::add_plan(checked.description, parts, explained.plan);
      SLUICE_ASSIGN(
          const app::Reviewed reviewed,
          app::Reviewed::make(content.file, parts, checked.description, explained, session));
      SLUICE_ASSIGN(checked.warnings, app::lint(reviewed));
      return {};
    };
    SLUICE_TRY(engine::explain_pipeline(parts, look));
    return checked;
  });
}

}  // namespace sluice
