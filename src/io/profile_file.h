#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::io {

/// The keys of a profile, as they are in the file.
using Profile = std::map<std::string, std::string>;

/// The profiles of a text in the format of ~/.aws/credentials or ~/.aws/config (there, a section is
/// called `profile NAME`, but `default`). Lines that are indented below an empty key (`s3 =`)
/// belong to it and are skipped, as are sections of another kind. kUser, with the line but not
/// what is in it, for one that cannot be read.
Result<std::map<std::string, Profile>> parse_profiles(std::string_view text, std::string_view path);

}  // namespace sluice::io
