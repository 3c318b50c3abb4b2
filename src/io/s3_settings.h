#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::io {

/// A variable of the process's environment; null when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The options of an S3 connection: of a pipeline's `s3:`, and of a mount beside its bucket.
const std::vector<OptionSpec>& s3_options();
/// Those of `mounts.NAME.s3`: a bucket, a prefix in it, and s3_options().
const std::vector<OptionSpec>& s3_mount_options();

/// The options that a pipeline file gives, by name, checked and as text (durations in
/// microseconds).
using S3Settings = std::map<std::string, Secret>;

/// What the map `given` (or null) sets, as `options` (of s3_options() or s3_mount_options()) have
/// checked it; defaults are left out, so that a mount takes over what `s3:` says. kUser, with its
/// place, for what cannot be.
Result<S3Settings> read_s3_settings(const Options& options, const ConfigValue& given);

/// The options of the store `bucket` (rust/src/settings.rs). What the file does not give comes from
/// the environment (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL ...), then from the profile in
/// ~/.aws/credentials and ~/.aws/config. kUser when there are no credentials, or half of them; no
/// message holds a secret.
Result<std::map<std::string, Secret>> s3_store_options(const S3Settings& given,
                                                       const Environment& environment,
                                                       FileSystem& local_files);

}  // namespace sluice::io
