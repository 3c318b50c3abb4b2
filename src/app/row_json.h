#pragma once

#include <string>

#include "connector/batch_table.h"
#include "data/type.h"

namespace sluice::app {

/// A query over all columns of `table` whose rows json_object() shows whole: nested values become
/// JSON, bytes base64, as the json format reads them.
std::string json_select(const data::Schema& schema, const std::string& table);

/// `row` as a JSON object of one line by the columns of `schema`: numbers digit by digit, JSON as
/// it stands, everything else as text.
std::string json_object(const data::Schema& schema, const connector::TextRow& row);

}  // namespace sluice::app
