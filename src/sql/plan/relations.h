#pragma once

#include <set>
#include <string>

#include "sql/plan/plan.h"
#include "sql/tree/view_reads.h"
#include "sql/view/event_time.h"

namespace sluice::sql {

/// What the names that SQL may read stand for: sources and tables from the start, views once they
/// are planned. The case of names does not matter.
class Relations {
 public:
  /// The request's sources are streams, its tables static.
  explicit Relations(const PlanRequest& request);

  /// One more name that may be read; false when it is taken.
  bool add(const std::string& name);
  const KnownNames& names() const { return names_; }

  /// Its rows come batch by batch.
  void set_stream(const std::string& name);
  /// An aggregate, or what reads one: its rows may change with each batch.
  void set_result(const std::string& name);
  /// A table, or a view over tables alone.
  void set_static(const std::string& name);

  bool is_result(const std::string& name) const;
  bool is_static(const std::string& name) const;
  bool is_stream(const std::string& name) const;
  /// In lower case.
  const std::set<std::string>& streams() const { return streams_; }

  /// What carries a watermark in the relation's rows.
  void set_event_times(const std::string& name, EventTimes times);
  /// Empty when nothing does.
  EventTimes event_times_of(const std::string& name) const;
  const EventTimesByName& event_times() const { return event_times_; }

 private:
  KnownNames names_;
  std::set<std::string> streams_;
  std::set<std::string> results_;
  std::set<std::string> static_;
  EventTimesByName event_times_;
};

}  // namespace sluice::sql
