#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"
#include "base/options.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// What people write on a command line to name a source or a sink: `kafka://host:9092/topic`,
/// `s3://bucket/in/x.csv`, `lake/orders`. Only taken apart: what it means is a connector's to say.
struct Address {
  std::string text;    ///< as it was written
  std::string scheme;  ///< before `://`, in lower case; "": a path of this machine
  // Of an address with a scheme; percent encoding is taken out of all but `host`, and what it had
  // is written so that no ${...} comes of it.
  std::string user;      ///< before `@`; "": none
  std::string password;  ///< after the user's `:`; nobody may see it
  std::string host;      ///< with ports; several with commas between them
  std::string path;      ///< after the host's `/`, without it
  /// What looks like a path may have the rest of a password in it: nothing of it is shown.
  bool has_slash_in_login = false;

  static Address parse(std::string_view text);

  /// As it was written, with *** in the password's place.
  std::string shown() const;

  /// kUser where a login has a `/`. REQUIRES: no path of this scheme has a `:` and an `@`.
  Status check_login() const;

  /// A kUser error about it, in which the password is not.
  Error error(const std::string& message) const;
};

struct Context;

using AddressOptions = std::vector<ConfigValue::Entry>;

/// How addresses name sources or sinks of a kind (`sluice show`, `sluice copy`). A kind that has no
/// scheme, ending or marker is named by none.
struct AddressForm {
  /// Schemes of its own, without `://`.
  std::vector<std::string> schemes{};
  /// How the names of its files end (".csv"). The address is then the option `path`.
  std::vector<std::string> endings{};
  /// What a folder has in it that is one of this kind ("_delta_log"), likewise. A sink that has one
  /// is what a folder becomes for which nothing else is said.
  std::string marker{};
  /// For messages: "kafka://HOST:PORT/TOPIC".
  std::string example{};
  /// The options that an address with one of `schemes` says. Errors: Address::error().
  std::function<Result<AddressOptions>(const Address&)> options{};
  /// Asks the system which place the options name, in words that are the same however that is
  /// spelt; "": they name no one place. Null: only a system's text says it.
  std::function<Result<std::string>(const Options&, const Context&)> place{};
  /// Of a sink: the options with which it passes on what a source of the same name gives without a
  /// format, as it is, and those for rows of any other kind. They yield to what a user says.
  AddressOptions for_same_kind{};
  AddressOptions for_rows{};
};

/// An option whose value is text, for AddressForm.
ConfigValue::Entry address_option(std::string name, std::string text);

}  // namespace sluice::connector
