#pragma once

namespace sluice::sql {

/// worker.py of this folder: what Python runs to call a pipeline's functions.
const char* worker_program();

}  // namespace sluice::sql
