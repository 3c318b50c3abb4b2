#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/time_zone.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// The time zone of a database's sessions, as functions of ours need it. Shared by the database and
/// by every function that it has registered. Any thread.
class SessionZone {
 public:
  std::shared_ptr<const TimeZone> get() const {
    const std::lock_guard lock(mutex_);
    return zone_;
  }
  void set(TimeZone zone) {
    auto made = std::make_shared<const TimeZone>(std::move(zone));
    const std::lock_guard lock(mutex_);
    zone_ = std::move(made);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const TimeZone> zone_ = std::make_shared<const TimeZone>();
};

/// The zone of TIMESTAMPTZ in SQL. Functions of ours take it for the whole database, whose sessions
/// have one zone. Before any SQL is planned. kUser: there is none of this name.
Status set_time_zone(Session& session, const std::string& name);

/// Asks DuckDB, whose own functions follow the same table, for all changes of a zone that it knows.
Result<TimeZone> read_time_zone(Session& session, const std::string& name);

}  // namespace sluice::sql
