#include "connectors/cassandra/address.h"

#include <string>
#include <utility>

namespace sluice::connectors::cassandra {
namespace {

Result<connector::AddressOptions> options_of(const connector::Address& address) {
  const std::size_t slash = address.path.find('/');
  const bool has_both = slash != std::string::npos && slash > 0 && slash + 1 < address.path.size();
  if (address.host.empty() || !has_both) {
    return address.error("write cassandra://USER:PASSWORD@HOST:PORT/KEYSPACE/TABLE");
  }
  connector::AddressOptions options = {
      connector::address_option("contact_points", address.host),
      connector::address_option("keyspace", address.path.substr(0, slash)),
      connector::address_option("table", address.path.substr(slash + 1))};
  if (!address.user.empty()) options.push_back(connector::address_option("user", address.user));
  if (!address.password.empty()) {
    options.push_back(connector::address_option("password", address.password));
  }
  return options;
}

}  // namespace

connector::AddressForm address_form() {
  return {.schemes = {"cassandra"},
          .example = "cassandra://USER@HOST:PORT/KEYSPACE/TABLE",
          .options = options_of};
}

}  // namespace sluice::connectors::cassandra
