#include "connector/registry.h"

#include "base/check.h"

namespace sluice::connector {

void Registry::add(SourceKind kind) {
  const std::string name = kind.name;
  SLUICE_CHECK(sources_.emplace(name, std::move(kind)).second);
}

void Registry::add(SinkKind kind) {
  const std::string name = kind.name;
  SLUICE_CHECK(sinks_.emplace(name, std::move(kind)).second);
}

void Registry::add(TableKind kind) {
  const std::string name = kind.name;
  SLUICE_CHECK(tables_.emplace(name, std::move(kind)).second);
}

const SourceKind* Registry::source(std::string_view name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? nullptr : &found->second;
}

const SinkKind* Registry::sink(std::string_view name) const {
  const auto found = sinks_.find(name);
  return found == sinks_.end() ? nullptr : &found->second;
}

const TableKind* Registry::table(std::string_view name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

std::vector<const SourceKind*> Registry::sources() const {
  std::vector<const SourceKind*> kinds;
  for (const auto& [name, kind] : sources_) kinds.push_back(&kind);
  return kinds;
}

std::vector<const SinkKind*> Registry::sinks() const {
  std::vector<const SinkKind*> kinds;
  for (const auto& [name, kind] : sinks_) kinds.push_back(&kind);
  return kinds;
}

std::vector<const TableKind*> Registry::tables() const {
  std::vector<const TableKind*> kinds;
  for (const auto& [name, kind] : tables_) kinds.push_back(&kind);
  return kinds;
}

}  // namespace sluice::connector
