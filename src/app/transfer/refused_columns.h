#pragma once

#include <set>
#include <string>

#include "app/transfer/address_kind.h"
#include "connector/registry.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Columns, by their place in the schema, of which a text of `file` does not decode as what they
/// are said to be: those of the first bad column of each record. `options` are those of a source of
/// `kind`, a kind of text files, with `schema`; its path is not looked at. The file is read until
/// it ends, or as far as `bytes`. Errors as of a source.
Result<std::set<std::size_t>> refused_columns(const std::string& kind,
                                              const connector::AddressOptions& options,
                                              const std::string& file, std::int64_t bytes,
                                              const connector::Registry& registry,
                                              const connector::Context& context);

}  // namespace sluice::app
