#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/composition/composition.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What all pipelines of a process may take together for SQL: 80 % of the memory of the machine, or
/// of the control group that the process is in, and its cores. As DuckDB sees them, whose default
/// for one pipeline this is.
Result<Limits> machine_limits();

/// "15.5 GiB", as DuckDB writes its memory limit, in bytes.
Result<std::int64_t> parse_memory_text(const std::string& text);

/// Each pipeline's part of `all`, in the order of `asked`. What one asks for it gets; what is left
/// is divided evenly among the others, of memory at least 64 MiB, of threads at least one. A single
/// pipeline's limits stay as they are.
std::vector<Limits> divide(const Limits& all, const std::vector<Limits>& asked);

/// What is to be said when pipelines ask for more memory together than there is; "": they do not.
std::string overcommitment(const Limits& all, const std::vector<Limits>& asked);

}  // namespace sluice::app
