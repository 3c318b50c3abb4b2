#pragma once

#include <string>
#include <utility>
#include <vector>

#include "connector/address.h"
#include "connector/registry.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What an address names.
struct AddressKind {
  std::string kind;                   ///< of sources or sinks
  connector::AddressOptions options;  ///< that it says
  std::string path;                   ///< with ${...} put in; "": it is none
  bool exists = false;                ///< of a path: something is there
};

/// Finds the kind of an address by its scheme, by the endings of names, and by what a folder holds;
/// looks at files only. `files` and the registry outlive it.
class AddressKinds {
 public:
  AddressKinds(const connector::Registry& registry, io::FileSystem& files)
      : registry_(registry), files_(files) {}

  /// kUser: an unknown scheme, no such file, a folder that says nothing.
  Result<AddressKind> source(const connector::Address& address) const;
  /// `kind`: that it must be; "": the address says. kUser likewise.
  Result<AddressKind> sink(const connector::Address& address, const std::string& kind) const;

 private:
  struct Form {
    std::string kind;
    const connector::AddressForm* form;
  };

  std::vector<Form> source_forms() const;
  std::vector<Form> sink_forms() const;
  Result<AddressKind> with_scheme(const connector::Address& address, const Form& form) const;
  Result<AddressKind> path(const connector::Address& address, const std::vector<Form>& forms) const;
  /// By what the folder holds; "": nothing known.
  Result<std::string> folder_kind(const std::string& folder, const std::vector<Form>& forms) const;
  Error missing(const std::string& path) const;

  const connector::Registry& registry_;
  io::FileSystem& files_;
};

}  // namespace sluice::app
