#include "app/pipeline/plan_description.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/quantity_text.h"

namespace sluice::app {
namespace {

std::string view_kind_name(sql::ViewKind kind) {
  switch (kind) {
    case sql::ViewKind::kStateless:
      return "stateless";
    case sql::ViewKind::kAggregate:
      return "aggregate";
    case sql::ViewKind::kDistinct:
      return "deduplicated";
    case sql::ViewKind::kJoin:
      return "join of streams";
    case sql::ViewKind::kOverResult:
      return "over the whole result";
  }
  return "";
}

/// What a sink of mode upsert deletes.
std::string deletion_detail(const engine::SinkPart& sink, const sql::Plan& plan) {
  if (sink.mode != connector::OutputMode::kUpsert) return "";
  const sql::ViewPlan* view = plan.find(sink.from);
  std::string what;
  if (view != nullptr && !view->before.empty()) what = "rows that leave the result";
  if (!sink.delete_when.sql.empty()) {
    what += (what.empty() ? "" : " and ") + ("keys of rows with " + sink.delete_when.sql);
  }
  return what.empty() ? "; no row leaves it" : "; deletes " + what;
}

const sql::ViewText* declared_view(const engine::Pipeline& pipeline, const std::string& name) {
  const auto found = std::ranges::find_if(pipeline.views, [&name](const sql::ViewText& text) {
    return text.name == name || text.late_to == name;
  });
  return found == pipeline.views.end() ? nullptr : &*found;
}

/// What the view reads of what the file declares: the planner may have put views of its own
/// between.
void add_reads(const sql::ViewPlan& view, const engine::Pipeline& pipeline, const sql::Plan& plan,
               std::vector<std::string>& reads) {
  for (const std::string& input : view.inputs) {
    const sql::ViewPlan* below = plan.find(input);
    if (below != nullptr && declared_view(pipeline, input) == nullptr) {
      add_reads(*below, pipeline, plan, reads);
    } else if (std::ranges::find(reads, input) == reads.end()) {
      reads.push_back(input);
    }
  }
}

/// Whether the view, or one that the planner has made of it, keeps state.
bool keeps_state(const sql::ViewPlan& view, const engine::Pipeline& pipeline,
                 const sql::Plan& plan) {
  if (view.has_state()) return true;
  return std::ranges::any_of(view.inputs, [&](const std::string& input) {
    const sql::ViewPlan* below = plan.find(input);
    return below != nullptr && declared_view(pipeline, input) == nullptr &&
           keeps_state(*below, pipeline, plan);
  });
}

/// "ts, delay 10s".
std::string watermark_text(const engine::WatermarkPart& watermark) {
  if (watermark.column.empty()) return "";
  return watermark.column + ", delay " + duration_option_text(watermark.delay);
}

}  // namespace

void add_plan(PipelineDescription& description, const engine::Pipeline& pipeline,
              const sql::Plan& plan) {
  for (std::size_t i = 0; i < description.sources.size(); ++i) {
    description.sources[i].detail = plan.sources.at(pipeline.sources[i].name).to_string();
    description.sources[i].watermark = watermark_text(pipeline.sources[i].watermark);
  }
  for (const sql::ViewPlan& view : plan.views) {
    const sql::ViewText* text = declared_view(pipeline, view.name);
    if (text == nullptr) continue;
    PartDescription part;
    part.name = view.name;
    part.kind = view_kind_name(view.kind);
    part.detail = view.schema.to_string();
    add_reads(view, pipeline, plan, part.reads);
    if (text->name == view.name) part.sql = text->sql;
    const auto watermark = pipeline.view_watermarks.find(view.name);
    if (watermark != pipeline.view_watermarks.end()) {
      part.watermark = watermark_text(watermark->second);
    }
    part.has_state = keeps_state(view, pipeline, plan);
    description.views.push_back(std::move(part));
  }
  for (std::size_t i = 0; i < pipeline.sinks.size(); ++i) {
    description.sinks[i].detail += deletion_detail(pipeline.sinks[i], plan);
  }
}

}  // namespace sluice::app
