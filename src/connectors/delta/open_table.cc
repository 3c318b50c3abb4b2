#include "connectors/delta/open_table.h"

#include <utility>

namespace sluice::connectors {

Result<std::unique_ptr<lake::Table>> open_existing(const std::string& path, io::FileSystem& files) {
  SLUICE_ASSIGN(const io::StoreAddress address, files.address(path));
  const std::string nothing = "there is no Delta table: path=" + path;
  if (address.options.empty() && !files.stat(path)) return user_error(nothing);
  SLUICE_ASSIGN(lake::Table opened, lake::Table::open(address, "sluice"));
  auto table = std::make_unique<lake::Table>(std::move(opened));
  const auto there = table->refresh();
  if (!there) return Error(there.error().kind(), there.error().message() + ": path=" + path);
  if (!*there) return user_error(nothing);
  return table;
}

}  // namespace sluice::connectors
