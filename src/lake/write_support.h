#pragma once

#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// kUser unless sluice may write to a table of this protocol, properties and columns: the message
/// names what the table uses and sluice cannot keep (CHECK constraints, generated and identity
/// columns, column defaults, invariants, a feature that it does not know) and the way out. What a
/// table lists, or an old writer version stands for, and the table does not use asks for nothing.
Status check_writable(const TableState& state);

}  // namespace sluice::lake
