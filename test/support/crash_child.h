#pragma once

#include <string>
#include <vector>

namespace sluice::connector {

/// For tests of crash points: runs this test program again with `filter` (GoogleTest's, disabled
/// tests too), SLUICE_CRASH set to `crash` and SLUICE_CRASH_FOLDER to `folder`, output dropped.
/// True when it ended well, false when it was killed; anything else is a failure of the test.
bool run_crash_child(const std::string& filter, const std::string& crash,
                     const std::string& folder);

/// SLUICE_CRASH_FOLDER, "" when this is not a crash child.
std::string crash_child_folder();

/// The lines of a text file, none when it is not there.
std::vector<std::string> read_lines(const std::string& path);

}  // namespace sluice::connector
