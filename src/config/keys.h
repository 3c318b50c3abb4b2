#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/options.h"

namespace sluice::config {

/// The keys of a pipeline file that belong to no connector or format, each table declared once:
/// validation, `sluice reference` and the JSON Schema are made of them. Where a part of the file
/// takes a connector (a source, a sink, a dead letter), its key is beside these.
const std::vector<OptionSpec>& pipeline_keys();     ///< the file itself
const std::vector<OptionSpec>& source_keys();       ///< sources.NAME, beside the connector
const std::vector<OptionSpec>& table_keys();        ///< tables.NAME, beside the connector
const std::vector<OptionSpec>& watermark_keys();    ///< sources.NAME.watermark
const std::vector<OptionSpec>& view_keys();         ///< views.NAME, written as a map
const std::vector<OptionSpec>& deduplicate_keys();  ///< views.NAME.deduplicate
const std::vector<OptionSpec>& late_keys();         ///< views.NAME.late
const std::vector<OptionSpec>& function_keys();     ///< functions.NAME
const std::vector<OptionSpec>& sink_keys();         ///< sinks.NAME, beside the connector
const std::vector<OptionSpec>& roll_keys();         ///< sinks.NAME.roll
const std::vector<OptionSpec>& trigger_keys();      ///< trigger, written as a map
const std::vector<OptionSpec>& engine_keys();       ///< engine
const std::vector<OptionSpec>& mount_keys();        ///< mounts.NAME
const std::vector<OptionSpec>& backup_keys();       ///< backup
/// lint; `codes`: of the lints that there are, for editors. That those of a file are among them is
/// asked by `sluice check` alone: a run does not depend on them.
std::vector<OptionSpec> lint_keys(const std::vector<std::string>& codes);

/// The triggers that are a word instead of a map: once, available_now, continuous.
std::span<const std::string> trigger_words();

/// Words that cannot name a source, view or sink because SQL would not take them unquoted.
std::span<const std::string> reserved_words();

}  // namespace sluice::config
