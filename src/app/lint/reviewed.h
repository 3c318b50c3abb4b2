#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/pipeline_file.h"
#include "engine/explained_pipeline.h"
#include "engine/graph.h"
#include "sluice/pipeline.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_text.h"

namespace sluice::app {

/// A view's SQL as a tree, as it was written.
struct ReviewedView {
  const sql::ViewText* text = nullptr;
  const sql::ViewPlan* plan = nullptr;
  sql::Json query;
  /// Where `node` is in the file.
  Location place_of(const sql::Json& node) const;
};

/// A pipeline that is planned and that lints look at. All that it is made of outlives it.
class Reviewed {
 public:
  /// Errors: as of parsing SQL, which has been parsed before.
  static Result<Reviewed> make(const config::PipelineFile& file, const engine::Pipeline& pipeline,
                               const PipelineDescription& description,
                               const engine::ExplainedPipeline& explained, sql::Session& session);

  const config::PipelineFile& file() const { return *file_; }
  const engine::Pipeline& pipeline() const { return *pipeline_; }
  const PipelineDescription& description() const { return *description_; }
  const sql::Plan& plan() const { return explained_->plan; }
  const sql::KeptByView& kept() const { return explained_->kept; }
  const engine::Graph& graph() const { return graph_; }
  const std::vector<ReviewedView>& views() const { return views_; }

  /// Of a source, table or view, in any case of letters; null: it is none.
  const data::Schema* schema(std::string_view relation) const;
  std::optional<data::Type> column_type(std::string_view relation, std::string_view column) const;
  /// Of SQL over the relation's columns; null: that is not known.
  std::optional<data::Type> type_of(const std::string& expression,
                                    const std::string& relation) const;
  /// The view of the file that `name` is, or was made for by the planner; null: none.
  const ReviewedView* declared_view(const std::string& name) const;
  /// Some source below `name` never ends.
  bool is_endless(const std::string& name) const;

 private:
  Reviewed(const config::PipelineFile& file, const engine::Pipeline& pipeline,
           const PipelineDescription& description, const engine::ExplainedPipeline& explained,
           sql::Session& session);

  const config::PipelineFile* file_;
  const engine::Pipeline* pipeline_;
  const PipelineDescription* description_;
  const engine::ExplainedPipeline* explained_;
  sql::Session* session_;
  engine::Graph graph_;
  std::vector<ReviewedView> views_;
};

/// What a lint says, and where.
struct Finding {
  std::string_view code;
  Location place;
  std::string text;
};
using Findings = std::vector<Finding>;

// The lints, by subject; each adds what it finds.
void lint_money(const Reviewed& reviewed, Findings& findings);
void lint_times(const Reviewed& reviewed, Findings& findings);
void lint_state(const Reviewed& reviewed, Findings& findings);
void lint_keys(const Reviewed& reviewed, Findings& findings);
void lint_files(const Reviewed& reviewed, Findings& findings);
void lint_secrets(const Reviewed& reviewed, Findings& findings);
void lint_names(const Reviewed& reviewed, Findings& findings);
void lint_unused(const Reviewed& reviewed, Findings& findings);
void lint_running(const Reviewed& reviewed, Findings& findings);

/// The words of a name, lower case: "TotalSales" and "total_sales" are total and sales.
std::vector<std::string> words_of(std::string_view name);

/// A relation in FROM: its name, and by which SQL calls it, lower case.
struct FromEntry {
  std::string relation;
  std::string alias;
};

/// Calls `visit` with each SELECT in `query`, subqueries and common table expressions included.
void visit_selects(const sql::Json& query, const std::function<void(const sql::Json&)>& visit);
/// The sources, tables and views in the FROM of one SELECT.
std::vector<FromEntry> from_entries(const sql::Json& select);
/// The first call in `expression` that gives another value each time, as it is written: "now()";
/// "": none.
std::string changing_call(const sql::Json& expression);

}  // namespace sluice::app
