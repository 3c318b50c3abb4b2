#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "alerts/alert.h"
#include "alerts/observation.h"
#include "alerts/text_template.h"
#include "connector/batch_table.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::alerts {

/// What an alert's SQL gives: which columns make a key, what is said of a row.
class AlertQuery {
 public:
  /// Columns of `when` and of `clear_when` (null: there is none). kUser, with the place: a key, a
  /// group or a text of columns that are not there. `alert` outlives it.
  static Result<AlertQuery> make(const Alert& alert, const data::Schema& when,
                                 const data::Schema* clear_when);

  /// Reads the rows, 100,000 at most; of `followed`, keys that are known, none is left out. Errors:
  /// as of BatchTable::read_chunks.
  Result<Observation> read(connector::BatchTable& when, connector::BatchTable* clear_when,
                           const std::set<std::string>& followed) const;

 private:
  explicit AlertQuery(const Alert& alert) : alert_(&alert) {}

  Status find_columns(const data::Schema& when, const data::Schema* clear_when);
  Result<std::vector<std::size_t>> key_of(const data::Schema& schema) const;
  Status read_active(connector::BatchTable& rows, const std::set<std::string>& followed,
                     Observation& seen) const;
  Status read_cleared(connector::BatchTable& rows, Observation& seen) const;

  const Alert* alert_;
  std::vector<std::size_t> key_;
  std::vector<std::size_t> clear_key_;
  std::vector<std::size_t> group_;
  TextTemplate text_;
};

}  // namespace sluice::alerts
