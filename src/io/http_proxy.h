#pragma once

#include <string_view>

#include <sys/socket.h>

namespace sluice::io {

/// Whether `address`, with its port, is that of the proxy by which the environment has URLs of this
/// scheme asked (http_proxy, https_proxy, all_proxy, as curl reads them). What it leads to cannot
/// be seen then. Resolves the proxy's name.
bool is_proxy_address(std::string_view scheme, const sockaddr& address);

}  // namespace sluice::io
