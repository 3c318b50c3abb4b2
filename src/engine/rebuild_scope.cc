#include "engine/rebuild_scope.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <utility>

#include "base/log.h"
#include "engine/explained_pipeline.h"
#include "sql/udf/macros.h"
#include "sql/view/kept_state.h"

namespace sluice::engine {
namespace {

using data::quote_identifier;

std::string rule(const sql::ViewText& text) {
  if (!text.deduplicate) return "";
  std::string words = "deduplicate";
  for (const auto& column : text.deduplicate->by) words += " " + quote_identifier(column.name);
  return words + " " + std::to_string(text.deduplicate->within_us.value_or(-1));
}

/// The views that `names` read, and themselves.
std::set<std::string> with_inputs(const sql::Plan& plan, std::set<std::string> names) {
  for (const sql::ViewPlan& view : std::views::reverse(plan.views)) {
    if (names.contains(view.name)) names.insert(view.inputs.begin(), view.inputs.end());
  }
  std::erase_if(names, [&](const std::string& name) { return plan.find(name) == nullptr; });
  return names;
}

/// Asks what the watchers of a pipeline ask, so that it is planned for them, and looks at nothing.
class Asker final : public Watcher {
 public:
  explicit Asker(std::vector<sql::ViewText> queries) : queries_(std::move(queries)) {}
  std::string name() const override { return "rebuild"; }
  std::vector<sql::ViewText> queries() const override { return queries_; }
  Status check(std::span<const sql::QueryPlan> /*queries*/) override { return {}; }
  Status open(WatchNotes& /*notes*/, Micros /*now*/) override { return {}; }
  Result<bool> look(WatchedBatch& /*batch*/) override { return true; }
  Status between(Micros /*now*/, const BatchProgress* /*progress*/) override { return {}; }

 private:
  const std::vector<sql::ViewText> queries_;
};

}  // namespace

Result<Known> known_of(const Pipeline& pipeline) {
  Known known;
  const auto look = [&](const ExplainedPipeline& /*explained*/, sql::Session& session) -> Status {
    for (sql::ViewText view : pipeline.views) {
      SLUICE_ASSIGN(view.sql, sql::sql_without_macros(session, view));
      known.views[view.name] = std::move(view);
    }
    return {};
  };
  SLUICE_ASSIGN(ExplainedPipeline explained, explain_pipeline(pipeline, look));
  known.plan = std::move(explained.plan);
  for (const SinkPart& sink : pipeline.sinks) known.sinks.push_back(&sink);
  return known;
}

bool is_part_of(const std::string& view, const std::string& part) {
  return part.starts_with(view + "__");
}

bool holds(const std::set<std::string>& names, const std::string& view) {
  return std::ranges::any_of(
      names, [&](const std::string& name) { return view == name || is_part_of(name, view); });
}

const sql::ViewText* written(const Known& known, const std::string& view) {
  const auto same = known.views.find(view);
  if (same != known.views.end()) return &same->second;
  const sql::ViewText* longest = nullptr;
  for (const auto& [name, text] : known.views) {
    if (is_part_of(name, view) && (longest == nullptr || name.size() > longest->name.size())) {
      longest = &text;
    }
  }
  return longest;
}

Result<bool> same_view(sql::Session& session, const sql::ViewText& was, const sql::ViewText& is) {
  SLUICE_ASSIGN(const bool same, sql::same_sql(session, was.sql, is.sql));
  return same && rule(was) == rule(is);
}

Status end_where_checkpoint_is(state::Checkpoint& checkpoint, const state::Position& position,
                               const std::string& folder, const std::set<std::string>* sources,
                               Pipeline& again) {
  for (SourcePart& source : again.sources) {
    source.until.emplace();
    if (sources != nullptr && !sources->contains(source.name)) continue;
    for (const std::string& name : {source.name, source.renamed_from}) {
      const auto known = position.offsets.find(name);
      if (known == position.offsets.end()) continue;
      SLUICE_ASSIGN(std::string log, checkpoint.source_log(name));
      source.until = {known->second, std::move(log), folder};
      break;
    }
  }
  // Results that no batch has made final are still to become it, and those that are, to stay it.
  if (!position.event_times.sources.empty()) {
    again.watermark_end = WatermarkEnd{position.event_times.used};
  }
  return {};
}

Status check_any_read(const Pipeline& again, const RunSummary& summary) {
  std::vector<std::string> empty;
  bool any = false;
  for (const SourcePart& source : again.sources) {
    if (source.until->offset.json.empty()) continue;
    const auto read = std::ranges::find(summary.sources, source.name, &SourceProgress::name);
    if (read != summary.sources.end() && read->rows > 0) {
      any = true;
      continue;
    }
    empty.push_back("source '" + source.name + "' has no record before " +
                    data::shown_offset(source.until->offset.json) +
                    ", where the checkpoint is; its option start says where it begins");
  }
  if (!any && !empty.empty()) return user_error(empty.front());
  for (const std::string& text : empty) log_warn(text);
  return {};
}

void ask_as(const Pipeline& pipeline, Pipeline& again) {
  std::vector<sql::ViewText> asked;
  for (const auto& watcher : pipeline.watchers) {
    for (sql::ViewText& query : watcher->queries()) asked.push_back(std::move(query));
  }
  if (!asked.empty()) again.watchers.push_back(std::make_unique<Asker>(std::move(asked)));
}

void leave_out_the_rest(const Pipeline& pipeline, const sql::Plan& plan,
                        std::set<std::string> views, Pipeline& again) {
  std::set<std::string> needed = with_inputs(plan, std::move(views));
  for (const sql::ViewText& view : pipeline.views) {
    if (needed.contains(view.late_to)) needed.insert(view.name);
  }
  const auto has_part = [&](std::set<std::string> inputs) {
    return std::ranges::any_of(with_inputs(plan, std::move(inputs)),
                               [&](const std::string& name) { return needed.contains(name); });
  };
  std::erase_if(again.sinks, [&](const SinkPart& sink) { return !has_part({sink.from}); });
  std::vector<sql::ViewText> asked;
  std::size_t next = 0;
  for (const auto& watcher : pipeline.watchers) {
    for (sql::ViewText& query : watcher->queries()) {
      const auto& inputs = plan.queries[next++].inputs;
      if (has_part({inputs.begin(), inputs.end()})) asked.push_back(std::move(query));
    }
  }
  if (!asked.empty()) again.watchers.push_back(std::make_unique<Asker>(std::move(asked)));
}

}  // namespace sluice::engine
