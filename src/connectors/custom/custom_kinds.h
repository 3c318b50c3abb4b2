#pragma once

#include "connector/registry.h"
#include "sluice/connector.h"

namespace sluice::connectors::custom {

/// As the registry has connectors.
connector::SourceKind kind_of(SourceDeclaration declaration);
connector::SinkKind kind_of(SinkDeclaration declaration);

/// Remembers a kind for all registries that are made from now on; false: there is one of its name.
/// Any thread may call.
bool remember(connector::SourceKind kind);
bool remember(connector::SinkKind kind);

}  // namespace sluice::connectors::custom
