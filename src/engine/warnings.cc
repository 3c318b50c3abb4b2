#include "engine/warnings.h"

#include <algorithm>
#include <set>

#include "engine/event_clock.h"
#include "engine/graph.h"
#include "engine/shards.h"

namespace sluice::engine {
namespace {

class Warnings {
 public:
  Warnings(const Pipeline& pipeline, const sql::Plan& plan)
      : pipeline_(pipeline), plan_(plan), graph_(pipeline, plan) {
    for (const sql::ViewPlan& view : plan.views) {
      read_.insert(view.inputs.begin(), view.inputs.end());
    }
    for (const SinkPart& sink : pipeline.sinks) read_.insert(sink.from);
    for (const sql::QueryPlan& query : plan.queries) {
      read_.insert(query.inputs.begin(), query.inputs.end());
    }
  }

  std::vector<Warning> all() {
    for (const SourcePart& source : pipeline_.sources) add_source(source);
    add_silence();
    for (const sql::ViewText& view : pipeline_.views) add_view(view);
    for (std::string& text : shard_warnings(pipeline_, plan_)) {
      warnings_.push_back({Warning::Sort::kShard, {}, std::move(text)});
    }
    return std::move(warnings_);
  }

 private:
  void add(Warning::Sort sort, const Location& place, const std::string& text) {
    warnings_.push_back({sort, place, text});
  }

  void add_source(const SourcePart& source) {
    if (graph_.live(source.name)) return;
    const bool watermark = !source.watermark.column.empty();
    add(Warning::Sort::kUnread, source.location,
        "source '" + source.name + "' " +
            (read_.contains(source.name) ? "is read by views that reach no sink"
                                         : "is read by no view and no sink") +
            "; its records are fetched for nothing" +
            (watermark ? ", and its watermark does not count" : ""));
  }

  /// "source 'a'" or "view 'a'".
  std::string named(const std::string& name) const {
    return (pipeline_.view_watermarks.contains(name) ? "view '" : "source '") + name + "'";
  }

  /// The watermark goes on with the clock only when all that have one let it.
  void add_silence() {
    auto watermarks = watermarks_of(pipeline_);
    std::erase_if(watermarks, [this](const auto& entry) { return !graph_.live(entry.first); });
    const auto holds = std::ranges::find_if(
        watermarks, [](const auto& entry) { return !entry.second->advances_when_idle; });
    if (holds == watermarks.end()) return;
    for (const auto& [name, watermark] : watermarks) {
      if (!watermark->advances_when_idle) continue;
      add(Warning::Sort::kSilence, watermark->location,
          "when_idle: advance of " + named(name) + " has no effect, since " + named(holds->first) +
              " holds the watermark when all are silent; say it there, too");
    }
  }

  void add_view(const sql::ViewText& view) {
    const sql::ViewPlan* planned = plan_.find(view.name);
    const std::string subject = "view '" + view.name + "' ";
    if (planned != nullptr && !planned->warning.empty()) {
      add(Warning::Sort::kState, view.location, subject + planned->warning);
    }
    if (!view.late_to.empty() && !read_.contains(view.late_to)) {
      add(Warning::Sort::kLateUnread, view.late_location,
          "the late rows '" + view.late_to +
              "' are read by no view and no sink; they are counted only");
    }
    if (!read_.contains(view.name)) {
      add(Warning::Sort::kUnread, view.location, subject + "is read by no view and no sink");
    } else if (pipeline_.view_watermarks.contains(view.name) && !graph_.live(view.name)) {
      add(Warning::Sort::kUnread, view.location,
          subject + "reaches no sink, and its watermark does not count");
    }
  }

  const Pipeline& pipeline_;
  const sql::Plan& plan_;
  Graph graph_;
  std::set<std::string> read_;
  std::vector<Warning> warnings_;
};

}  // namespace

std::string Warning::to_string() const {
  const std::string where = place.to_string();
  return where + (where.empty() ? "" : ": ") + text;
}

std::vector<Warning> warnings_about(const Pipeline& pipeline, const sql::Plan& plan) {
  return Warnings(pipeline, plan).all();
}

}  // namespace sluice::engine
