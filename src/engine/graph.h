#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// Who reads whom in a pipeline: sources, views, sinks and queries. Says what a batch has to run
/// and what it has to keep because several read it (queries, where they are asked in each batch): a
/// source or stateless view with more than one reader is materialised once a batch, so that each
/// record is decoded once and every reader sees the same rows and the same rejects.
class Graph {
 public:
  Graph(const Pipeline& pipeline, const sql::Plan& plan);

  /// Some sink or query depends on it.
  bool live(const std::string& name) const { return readers_.contains(name); }
  /// The sources and views that some sink or query depends on.
  std::set<std::string> live_names() const;
  /// To be run once a batch into a temp table. Never true for views with state, whose rows are in
  /// tables already, and columnar sources, whose files may be larger than memory and are quickly
  /// read twice.
  bool materialised(const std::string& name) const;
  /// The sources that rows of `name` come from.
  const std::set<std::string>& sources_of(const std::string& name) const;

 private:
  void reach(const std::string& name);

  const sql::Plan& plan_;
  std::set<std::string> columnar_;
  std::map<std::string, int> readers_;
  std::map<std::string, std::set<std::string>> sources_;
};

}  // namespace sluice::engine
