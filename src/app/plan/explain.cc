#include "sluice/explain.h"

#include "app/pipeline/pipeline_content.h"
#include "app/pipeline/plan_description.h"
#include "app/plan/explanation.h"
#include "base/border.h"

namespace sluice {

Result<std::string> explain(const Pipeline& pipeline, ExplainFormat format) {
  return at_border("explain the pipeline", [&]() -> Result<std::string> {
    const app::Composition& composition = pipeline.content().parts->composition;
    SLUICE_ASSIGN(const engine::ExplainedPipeline explained,
                  engine::explain_pipeline(composition.pipeline));
    PipelineDescription description = composition.description;
    app::add_plan(description, composition.pipeline, explained.plan);
    const app::Explanation made = app::explanation_of(description, composition.pipeline, explained);
    switch (format) {
      case ExplainFormat::kText:
        return app::explanation_text(made);
      case ExplainFormat::kJson:
        return app::explanation_json(made);
      case ExplainFormat::kMermaid:
        return app::explanation_mermaid(made);
      case ExplainFormat::kSvg:
        break;
    }
    return app::explanation_svg(made);
  });
}

}  // namespace sluice
