#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "data/record_batch.h"
#include "formats/reason.h"
#include "formats/schema_registry.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// How the records of each schema are decoded, by the schema's number in the records: fetched
/// before a batch is decoded, only looked up then. `Plan`: what a decoder makes of a schema.
template <class Plan>
class SchemaTable {
 public:
  struct Entry {
    std::shared_ptr<const Plan> plan;  ///< null: see reason
    Reason reason = Reason::kUnknownSchema;
  };

  /// Fetches what the records of `batch` name and is not known yet; `compile` makes a plan
  /// of a RegisteredSchema, or says (kUser) why there is none: a line in the log, and the records
  /// of that schema are rejected. Errors of the registry itself are returned.
  template <class Compile>
  Status fetch(const data::RecordBatch& batch, SchemaRegistry& registry, Compile&& compile) {
    if (entries_.size() >= kEntriesMax) entries_.clear();
    std::unordered_set<std::int32_t> unknown;
    std::int32_t last = -1;
    for (const data::Payload& payload : batch.payloads()) {
      const auto number = schema_number_of(payload.text());
      if (!number || *number == last) continue;
      last = *number;
      if (entries_.contains(*number) || unknown.contains(*number)) continue;
      if (unknown.size() >= kUnknownMax) continue;
      SLUICE_ASSIGN(const auto schema, registry.by_id(*number));
      if (schema) {
        add(*number, *schema, compile);
      } else {
        unknown.insert(*number);
      }
    }
    return {};
  }

  /// REQUIRES: fetch() has seen the record's batch.
  const Entry& at(std::int32_t number) const {
    static const Entry unknown;
    const auto found = entries_.find(number);
    return found == entries_.end() ? unknown : found->second;
  }

 private:
  static constexpr std::size_t kEntriesMax = 100'000;
  // A topic of rubbish names any number of schemas; more are not asked for in one batch.
  static constexpr std::size_t kUnknownMax = 100;

  template <class Compile>
  void add(std::int32_t number, const RegisteredSchema& schema, Compile&& compile) {
    Entry entry;
    auto made = compile(schema);
    if (made) {
      entry.plan = *std::move(made);
    } else {
      entry.reason = Reason::kUnreadableSchema;
      log_warn("schema " + std::to_string(number) +
               ": its records cannot be decoded: " + made.error().message());
    }
    entries_.emplace(number, std::move(entry));
  }

  std::unordered_map<std::int32_t, Entry> entries_;
};

}  // namespace sluice::formats
