#pragma once

#include "base/json.h"
#include "sluice/dead_letters.h"

namespace sluice::app {

/// LETTER of docs/reference/live.md.
OrderedJson letter_json(const DeadLetter& letter);

}  // namespace sluice::app
