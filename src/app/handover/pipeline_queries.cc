#include "app/handover/pipeline_queries.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "sql/functions/open_database.h"
#include "sql/tree/view_sql.h"

namespace sluice::app {
namespace {

/// What a view reads, in the order of its text, each as often as it is there.
struct References {
  std::vector<std::string> names;  // lower case
  std::set<std::string> ctes;      // lower case
};

void collect(const Json& node, std::vector<std::pair<std::int64_t, std::string>>& found,
             std::set<std::string>& ctes) {
  if (!node.is_structured()) return;
  if (node.is_object()) {
    if (sql::type_of(node) == "BASE_TABLE") {
      found.emplace_back(node.value("query_location", std::int64_t{0}),
                         sql::lower(node.value("table_name", "")));
    }
    const auto map = node.find("cte_map");
    if (map != node.end() && map->is_object()) {
      for (const Json& cte : map->value("map", Json::array())) {
        ctes.insert(sql::lower(cte.value("key", "")));
      }
    }
  }
  for (const Json& child : node) collect(child, found, ctes);
}

class Reader {
 public:
  Reader(const config::PipelineFile& file, const engine::Pipeline& pipeline, const sql::Plan& plan)
      : file_(file), pipeline_(pipeline), plan_(plan) {}

  Status open() {
    SLUICE_ASSIGN(const auto database, sql::open_database("", {}));
    SLUICE_ASSIGN(const auto session, database->connect());
    for (const sql::ViewText& view : pipeline_.views) {
      SLUICE_ASSIGN(const sql::ViewSql parsed, sql::ViewSql::parse(*session, view));
      std::vector<std::pair<std::int64_t, std::string>> found;
      References& references = views_[sql::lower(view.name)];
      collect(parsed.query(), found, references.ctes);
      std::ranges::stable_sort(found, {}, &std::pair<std::int64_t, std::string>::first);
      for (auto& [place, name] : found) {
        if (!references.ctes.contains(name)) references.names.push_back(std::move(name));
      }
      if (!view.late_to.empty()) views_[sql::lower(view.late_to)].names = {sql::lower(view.name)};
    }
    return {};
  }

  Result<PipelineQuery> query_of(const config::SinkEntry& sink) const {
    PipelineQuery query;
    query.name = sink.name;
    query.sink = &sink;
    bool has_ctes = false;
    follow(sql::lower(sink.from), query, has_ctes);
    std::vector<const config::SourceEntry*> once = query.sources;
    std::ranges::sort(once);
    const bool twice = std::ranges::adjacent_find(once) != once.end();
    if (query.sources.empty()) {
      return user_error(sink.location.to_string() + ": E_HANDOVER_SOURCE: sink '" + sink.name +
                        "' reads no source, so there is no place to hand over");
    }
    if (twice || (has_ctes && query.sources.size() > 1)) {
      return user_error(
          sink.location.to_string() + ": E_HANDOVER_SOURCE: the query of sink '" + sink.name +
          "' has " + (twice ? "a source twice" : "WITH and several sources") +
          ", and which place of Spark's checkpoint is whose only Spark knows; let a view read the "
          "source once, or give the sink a pipeline of its own");
    }
    return query;
  }

 private:
  void follow(const std::string& name, PipelineQuery& query, bool& has_ctes) const {
    for (const config::SourceEntry& source : file_.sources) {
      if (sql::lower(source.name) == name) query.sources.push_back(&source);
    }
    const auto view = views_.find(name);
    if (view == views_.end()) return;  // a table
    has_ctes = has_ctes || !view->second.ctes.empty();
    for (const sql::ViewPlan& planned : plan_.views) {
      // A view that one SELECT cannot keep up is several, whose names begin with its own.
      const std::string own = sql::lower(planned.name);
      const bool is_part = own == name || own.starts_with(name + "__");
      if (!is_part || !planned.has_state()) continue;
      if (std::ranges::find(query.stateful, &planned) == query.stateful.end()) {
        query.stateful.push_back(&planned);
      }
    }
    for (const std::string& read : view->second.names) follow(read, query, has_ctes);
  }

  const config::PipelineFile& file_;
  const engine::Pipeline& pipeline_;
  const sql::Plan& plan_;
  std::map<std::string, References> views_;
};

}  // namespace

Result<std::vector<PipelineQuery>> queries_of(const config::PipelineFile& file,
                                              const engine::Pipeline& pipeline,
                                              const sql::Plan& plan) {
  Reader reader(file, pipeline, plan);
  SLUICE_TRY(reader.open());
  std::vector<PipelineQuery> queries;
  for (const config::SinkEntry& sink : file.sinks) {
    SLUICE_ASSIGN(PipelineQuery query, reader.query_of(sink));
    queries.push_back(std::move(query));
  }
  for (std::size_t i = 0; i < file.sources.size(); ++i) {
    const engine::SourcePart& part = pipeline.sources[i];
    // Otherwise Spark's program has no query for them, whose place would stay behind the others.
    if (part.decoder == nullptr || part.on_error != engine::OnError::kDeadLetter) continue;
    queries.push_back({"dead-letters-" + file.sources[i].name, nullptr, {&file.sources[i]}, {}});
  }
  return queries;
}

}  // namespace sluice::app
