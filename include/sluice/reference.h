#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

/// JSON Schema (2020-12) of a pipeline file, for editors: completion, descriptions, checks.
std::string json_schema();

/// The same of a file of tests, NAME.test.yaml.
std::string json_schema_of_tests();

/// What `reference` takes: "pipeline", "kafka source", "json format", "delta sink" ...
std::vector<std::string> reference_topics();

enum class ReferenceStyle : unsigned char { kTerminal, kMarkdown };

/// Every option of one topic (or of all whose name holds the word `topic`; "" is everything). kUser
/// error that names the nearest topic when there is none.
Result<std::string> reference_text(const std::string& topic, ReferenceStyle style);

/// The named errors and the lints, each once, in order.
std::vector<std::string> error_codes();

/// What a named error or a lint means and what to do: for a terminal. In any case of letters, with
/// or without E_ or LINT_. kUser error that names the nearest one when there is none.
Result<std::string> error_page(const std::string& code);

/// docs/reference/lints.md: every lint, what it says, why, and what to do.
std::string lint_reference();

/// "sluice 0.1.0 (1a2b3c4)".
std::string version_text();

}  // namespace sluice
