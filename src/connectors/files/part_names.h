#pragma once

#include <string>
#include <string_view>

#include "data/offset.h"

namespace sluice::connectors {

// The names of docs/format/files.md.

/// Ends the names of staged files, so that no reader's pattern (`**/*.parquet`) takes them for rows
/// that are there; while they are written they are hidden.
inline constexpr std::string_view kStagedEnding = ".staged";
/// Ends the writers' folders, since a sink may be called "parquet".
inline constexpr std::string_view kWriterFolderEnding = ".d";

/// "<pipeline>.<sink>", fit for a file name. Only the sink's part may hold dots, so that the first
/// one parts the two.
std::string writer_name(std::string_view pipeline, std::string_view sink);
/// "1f2e3d4c-": distinguishes the writers of one folder.
std::string writer_mark(const std::string& writer);
/// "part-00000000012-": sorts by batch.
std::string batch_prefix(data::BatchId batch);
/// Whether a file of this name can only be this writer's.
bool is_part_of(std::string_view name, const std::string& writer);
/// The batch of such a name.
data::BatchId batch_of_part(std::string_view name);

}  // namespace sluice::connectors
