#pragma once

#include <string>

#include "io/file_system.h"

namespace sluice::engine {

// `replay/` of a checkpoint (docs/format/checkpoint.md): how those who ask for dead letters to be
// replayed and the engine meet, whether a pipeline runs or not.

inline std::string replay_folder(const std::string& checkpoint) {
  return io::join_path(checkpoint, "replay");
}
/// Makes it when it is not there, with the owner and the rights of the checkpoint's folder, so that
/// who runs the pipeline can work in it, whoever asks.
Status make_replay_folder(io::FileSystem& files, const std::string& checkpoint);
/// "<uuid>.request": Parquet, letters that somebody asks for.
inline constexpr std::string_view kRequestEnding = ".request";
/// "<uuid>.cancel": Parquet, letters that are not to be replayed after all: letter, asked; those
/// that were asked for until then.
inline constexpr std::string_view kCancelEnding = ".cancel";
/// Parquet, by the engine: letters that wait (batch NULL) and that were replayed, in which batch,
/// and when somebody asked for those that wait.
inline constexpr std::string_view kMarksFile = "marks.parquet";

}  // namespace sluice::engine
