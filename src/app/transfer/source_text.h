#pragma once

#include <string>
#include <vector>

#include "app/transfer/address_kind.h"
#include "connector/registry.h"
#include "sluice/base/result.h"
#include "sluice/transfer.h"

namespace sluice::app {

/// A source as a pipeline file has it.
struct SourceText {
  std::string yaml;      ///< the lines below its name
  std::string kind;      ///< of the connector
  bool is_raw = false;   ///< records without a format
  AddressKind address;   ///< as it was found
  std::string inferred;  ///< "in.csv: id BIGINT, name VARCHAR"; "": nothing was
};

/// Sets `name`; what is there under the name goes.
void set_option(connector::AddressOptions& options, ConfigValue::Entry entry);
/// As above, with "NAME=VALUE" texts; `flag` says in messages where they are from.
Status set_options(connector::AddressOptions& options, const std::vector<std::string>& texts,
                   const std::string& flag);

/// Finds out what `choice` means; `context` is for files that are looked at. kUser.
Result<SourceText> source_text(const SourceChoice& choice, const connector::Registry& registry,
                               const connector::Context& context);

}  // namespace sluice::app
