#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/address.h"
#include "http/request_head.h"
#include "http/server_options.h"
#include "http/target.h"
#include "sluice/base/result.h"

namespace sluice::http {

/// Keeps pages of other sites from using a server that only this machine or network can reach:
/// through a name of theirs that resolves here, or by requests that a browser sends for them.
class Guard {
 public:
  Guard(const ServerOptions& options, const Address& bound);

  /// Who asks, and by which name. Null: the request is let in.
  std::optional<Refusal> check(const RequestHead& head, const Target& target) const;
  /// What would change something must be JSON, which a form of another site cannot send; what only
  /// reads has no body.
  static std::optional<Refusal> check_body(const RequestHead& head);

 private:
  bool is_known_host(const std::string& name) const;
  std::optional<Refusal> check_host(const RequestHead& head, const Target& target) const;
  static std::optional<Refusal> check_origin(const RequestHead& head, std::string_view host);

  const Address bound_;
  std::vector<std::string> allowed_hosts_;
};

/// A method that changes nothing.
bool is_reading(std::string_view method);

/// Whether `options` are safe to serve: another address than the loopback needs a token, and TLS or
/// `plain`. kUser with what to add.
Status check_exposure(const ServerOptions& options, const Address& address);

}  // namespace sluice::http
