#pragma once

#include <string>
#include <vector>

#include "app/letters/letter_index.h"
#include "base/clock.h"
#include "base/random.h"
#include "io/file_system.h"
#include "sluice/dead_letters.h"

namespace sluice::app {

struct ReplayWish {
  std::string checkpoint;
  std::string chosen;  ///< a table of the index: choose_letters()
  bool again = false;  ///< those that were replayed before, too
};

/// Puts the chosen letters with their bytes where the engine looks for requests
/// (engine/replay_folder.h). Those who ask at the same time wait for each other. kUser: nothing was
/// asked for, since a source's records are not to be replayed; kTransient: others ask all the time.
Result<ReplayAnswer> request_replay(LetterIndex& index, const ReplayWish& wish,
                                    io::FileSystem& files, Random& random, Micros now);

/// Takes back what waits of the letters `ids`, empty: all that waits.
Result<CancelAnswer> cancel_replay(LetterIndex& index, const std::string& checkpoint,
                                   const std::vector<std::string>& ids, io::FileSystem& files,
                                   Random& random, Micros now);

}  // namespace sluice::app
