#include "app/composition/stores.h"

#include <utility>

#include "app/composition/secret_text.h"
#include "config/variables.h"
#include "io/routed_file_system.h"
#include "io/s3_settings.h"

namespace sluice::app {
namespace {

Result<Options> mount_options(const config::MountEntry& entry) {
  return Options::validate(io::s3_mount_options(), entry.s3, "mount '" + entry.name + "'");
}

io::StoreSettings from_environment() {
  io::StoreSettings settings;
  settings.environment = config::system_variables({}).environment;
  return settings;
}

}  // namespace

std::unique_ptr<io::FileSystem> make_file_system() {
  return std::make_unique<io::RoutedFileSystem>(io::make_local_file_system(), from_environment());
}

Result<std::unique_ptr<io::FileSystem>> make_file_system(const config::PipelineFile& file) {
  io::StoreSettings settings = from_environment();
  SLUICE_ASSIGN(const Options options, Options::validate(io::s3_options(), file.s3, "'s3'"));
  SLUICE_ASSIGN(settings.s3, io::read_s3_settings(options, file.s3));
  for (const config::MountEntry& entry : file.mounts) {
    SLUICE_ASSIGN(const Options given, mount_options(entry));
    io::Mount& mount = settings.mounts[entry.name];
    mount.bucket = given.text("bucket");
    if (given.has("prefix")) mount.prefix = given.text("prefix");
    while (mount.prefix.ends_with('/')) mount.prefix.pop_back();
    SLUICE_ASSIGN(mount.settings, io::read_s3_settings(given, entry.s3));
  }
  return std::unique_ptr<io::FileSystem>(
      std::make_unique<io::RoutedFileSystem>(io::make_local_file_system(), std::move(settings)));
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<std::vector<ConfigValue>> store_secrets(const config::PipelineFile& file) {
  std::vector<ConfigValue> secrets;
  SLUICE_ASSIGN(const Options options, Options::validate(io::s3_options(), file.s3, "'s3'"));
  add_secrets(io::s3_options(), options, secrets);
  for (const config::MountEntry& entry : file.mounts) {
    SLUICE_ASSIGN(const Options given, mount_options(entry));
    add_secrets(io::s3_mount_options(), given, secrets);
  }
  return secrets;
}

}  // namespace sluice::app
