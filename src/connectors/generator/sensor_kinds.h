#pragma once

#include "connectors/generator/generated_column.h"

namespace sluice::connectors {

/// `series`: which device a row is of.
ColumnKind series_kind();
/// `signal`: what it measures.
ColumnKind signal_kind();

}  // namespace sluice::connectors
