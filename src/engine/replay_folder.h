#pragma once

#include <string>

#include "io/file_system.h"

namespace sluice::engine {

// `replay/` of a checkpoint (docs/format/checkpoint.md): how those who ask for dead letters to be
// replayed and the engine meet, whether a pipeline runs or not.

inline std::string replay_folder(const std::string& checkpoint) {
  return io::join_path(checkpoint, "replay");
}
/// "<uuid>.request": Parquet, letters that somebody asks for.
inline constexpr std::string_view kRequestEnding = ".request";
/// Parquet, by the engine: letters that wait (batch NULL) and that were replayed, and in which
/// batch.
inline constexpr std::string_view kMarksFile = "marks.parquet";

}  // namespace sluice::engine
