#include "app/plan/explanation.h"

#include <algorithm>
#include <set>

namespace sluice::app {
namespace {

using connector::OutputMode;

std::string form_of(const sql::ViewPlan& view, bool is_stream) {
  switch (view.kind) {
    case sql::ViewKind::kStateless:
      return "runs on the rows of each batch alone";
    case sql::ViewKind::kAggregate:
      return "merges what each batch adds up to into the state";
    case sql::ViewKind::kDistinct:
      return "lets through the first row of each key, which the state remembers";
    case sql::ViewKind::kJoin:
      return "joins the new rows of each side with all rows of the other one, which wait in the "
             "state";
    case sql::ViewKind::kOverResult:
      return is_stream ? "runs on the rows of each batch alone"
                       : "runs again over the whole result, in each batch";
  }
  return "";
}

class Explainer {
 public:
  Explainer(const PipelineDescription& description, const engine::Pipeline& pipeline,
            const engine::ExplainedPipeline& explained)
      : description_(description),
        pipeline_(pipeline),
        plan_(explained.plan),
        kept_(explained.kept) {
    for (const PartDescription& view : description.views) declared_.insert(view.name);
  }

  Explanation make() {
    made_.name = description_.name;
    made_.trigger = description_.trigger;
    made_.checkpoint = description_.checkpoint;
    for (const PartDescription& source : description_.sources) add("source", source);
    for (const PartDescription& table : description_.tables) {
      add("table", table).detail = plan_.tables.at(table.name).to_string();
    }
    for (const PartDescription& view : description_.views) add_view(view);
    for (std::size_t i = 0; i < description_.sinks.size(); ++i) {
      ExplainedPart& sink = add("sink", description_.sinks[i]);
      sink.mode = connector::output_mode_name(pipeline_.sinks[i].mode);
      sink.promise = sink.promise.empty() ? "exactly once" : sink.promise;
    }
    return std::move(made_);
  }

 private:
  ExplainedPart& add(const std::string& sort, const PartDescription& from) {
    ExplainedPart& part = made_.parts.emplace_back();
    part.sort = sort;
    part.name = from.name;
    part.kind = from.kind;
    part.detail = from.detail;
    part.watermark = from.watermark;
    part.reads = from.reads;
    part.promise = from.promise;
    return part;
  }

  void add_view(const PartDescription& from) {
    ExplainedPart& part = add("view", from);
    const sql::ViewPlan& view = *plan_.find(from.name);
    part.form = form_of(view, plan_.streams.contains(from.name));
    part.warning = view.warning;
    for (const OutputMode mode :
         {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete}) {
      std::string name(connector::output_mode_name(mode));
      if (view.modes.contains(mode)) {
        part.modes.push_back(std::move(name));
      } else if (auto possible = sql::check_mode(view, mode); !possible) {
        std::string reason = possible.error().message();
        const std::string known = "view '" + from.name + "': mode " + name + " is not possible ";
        if (reason.starts_with(known)) reason.erase(0, known.size());
        part.refused.emplace_back(std::move(name), std::move(reason));
      }
    }
    add_kept(view, part);
  }

  /// With what the planner's own views below it keep.
  void add_kept(const sql::ViewPlan& view, ExplainedPart& part) const {
    for (const std::string& input : view.inputs) {
      const sql::ViewPlan* below = plan_.find(input);
      if (below != nullptr && !declared_.contains(input)) add_kept(*below, part);
    }
    if (const auto kept = kept_.find(view.name); kept != kept_.end()) {
      part.kept.insert(part.kept.end(), kept->second.begin(), kept->second.end());
    }
    if (part.warning.empty()) part.warning = view.warning;
  }

  const PipelineDescription& description_;
  const engine::Pipeline& pipeline_;
  const sql::Plan& plan_;
  const sql::KeptByView& kept_;
  std::set<std::string> declared_;
  Explanation made_;
};

}  // namespace

const ExplainedPart* Explanation::find(const std::string& wished) const {
  const auto found = std::ranges::find_if(parts, [&wished](const ExplainedPart& part) {
    return part.name == wished && part.sort != "sink";
  });
  return found == parts.end() ? nullptr : &*found;
}

std::vector<const ExplainedPart*> Explanation::readers(const ExplainedPart& part) const {
  std::vector<const ExplainedPart*> found;
  if (part.sort == "sink") return found;
  for (const ExplainedPart& other : parts) {
    if (std::ranges::find(other.reads, part.name) != other.reads.end()) found.push_back(&other);
  }
  return found;
}

Explanation explanation_of(const PipelineDescription& description, const engine::Pipeline& pipeline,
                           const engine::ExplainedPipeline& explained) {
  return Explainer(description, pipeline, explained).make();
}

}  // namespace sluice::app
