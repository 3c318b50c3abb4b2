#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sluice/base/result.h"

namespace sluice::lake {

/// Calls `visit` with the name and the body of each action of a log entry that is one of `kinds`
/// (none: of all). Of an entry's thousands of lines only those are parsed that hold such a name.
/// kCorruption when one of them is not a JSON object, else what `visit` says.
Status each_action(
    std::string_view entry, std::initializer_list<std::string_view> kinds,
    const std::function<Status(const std::string& kind, const nlohmann::json& body)>& visit);

}  // namespace sluice::lake
