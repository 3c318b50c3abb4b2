#pragma once

#include <optional>
#include <string>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/delta/staged_files.h"
#include "lake/table.h"

namespace sluice::connectors {

/// The log entry that publishes a batch: its files, the txn of `app_id` with the batch's number,
/// and in userMetadata what the batch was (docs/format/delta.md). Without the files that its rows
/// take the place of.
lake::Commit batch_commit(const connector::Staged& staged, const StagedAction& action,
                          const std::string& app_id, const connector::Context& context);

/// The plan hash in the userMetadata of such an entry; null: it has none, another program wrote it.
std::optional<std::string> plan_hash_in(const std::string& user_metadata);

}  // namespace sluice::connectors
