#pragma once

#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/delta/delta_sink_options.h"
#include "lake/column_fit.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Files are rewritten while a batch is published.
bool rewrites(const DeltaSinkOptions& options, connector::OutputMode mode);

/// How the rows of a sink go into its table: what columns the table must get first, and which of
/// its columns each of theirs is. It holds for one schema of the table; another writer may change
/// that.
class TableFit {
 public:
  /// `schema`: of the rows. `options` and `context` outlive it.
  TableFit(const DeltaSinkOptions& options, const connector::Context& context, data::Schema schema,
           connector::OutputMode mode)
      : options_(options), context_(context), schema_(std::move(schema)), mode_(mode) {}

  /// Gives the table the columns, and the wider types, that it lacks, as far as the options say so.
  /// Crash points: delta.alter, .altered.
  Status change_columns(lake::Table& table) const;

  /// Finds how the rows go into the table as it is now. kUser when it cannot take them in this
  /// mode.
  Status find(const lake::TableState& state);
  /// What find() has found holds for a table in this state.
  bool is_of(const lake::TableState& state) const { return state.schema_json == checked_schema_; }
  const lake::ColumnFit& columns() const { return fit_; }

 private:
  lake::FitRules fit_rules() const;
  /// Those that the table must get before rows can go there.
  Result<std::vector<lake::NewColumn>> new_columns(const lake::TableState& state) const;
  /// The log entry for wider types; "": none is needed.
  Result<std::string> wider_types(lake::Table& table) const;

  const DeltaSinkOptions& options_;
  const connector::Context& context_;
  const data::Schema schema_;
  const connector::OutputMode mode_;
  lake::ColumnFit fit_;
  std::string checked_schema_;  ///< the table's, for which fit_ was found
};

}  // namespace sluice::connectors
