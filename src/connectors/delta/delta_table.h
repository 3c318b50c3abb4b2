#pragma once

#include "connector/registry.h"

namespace sluice::connectors {

/// A Delta table that is read in full, at its newest version or at a pinned one.
connector::TableKind delta_table_kind();

}  // namespace sluice::connectors
