#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "data/decoder.h"
#include "formats/reason.h"
#include "formats/schema_option.h"
#include "formats/schema_table.h"
#include "formats/vector_memory.h"

namespace sluice::formats {

/// Reads records of a binary format: bare ones, or those that name their schema. `Walk` decodes one
/// record after the other into the columns' vectors:
///   Walk(const std::vector<data::VectorWriter*>& targets, data::Arena&, const Rules&);
///   void start_chunk();
///   Failure decode(const Only&, std::string_view record, std::uint64_t row);        // a bare
///   record Failure decode(const Registered&, std::string_view record, std::uint64_t row);  //
///   after its header
/// with Only and Registered (what a SchemaTable holds) its types.
template <class Walk>
class RegisteredReader final : public data::RecordReader {
 public:
  using Only = typename Walk::Only;
  using Table = SchemaTable<typename Walk::Registered>;

  /// `rules`: of the decoder: columns, tombstone_rows and what Walk takes. `only`: of bare records;
  /// null: they are in `table`. Both are the decoder's.
  template <class Rules>
  RegisteredReader(const Rules& rules, const Only* only, const Table& table,
                   const std::vector<std::size_t>& wanted, const std::vector<std::size_t>& checked,
                   data::Arena& arena)
      : only_(only),
        table_(table),
        tombstone_rows_(rules.tombstone_rows),
        outputs_(wanted),
        targets_(rules.columns.schema.size(), nullptr),
        walk_(targets_, arena, rules) {
    for (const std::size_t column : checked) {
      if (std::find(wanted.begin(), wanted.end(), column) != wanted.end()) continue;
      checked_.push_back(
          std::make_unique<VectorMemory>(rules.columns.plans[column], data::kChunkRowsMax));
      targets_[column] = &checked_.back()->vector();
    }
  }

  void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
            data::ChunkWriter out, std::vector<std::uint32_t>& kept,
            std::vector<data::Reject>& rejects) override {
    for (std::size_t i = 0; i < outputs_.size(); ++i) targets_[outputs_[i]] = &out[i];
    for (const auto& memory : checked_) memory->clear();
    walk_.start_chunk();
    std::uint64_t row = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      const Failure failure = decode(payloads[i], row);
      if (failure.reason == Reason::kNone) {
        kept.push_back(static_cast<std::uint32_t>(i));
        ++row;
        continue;
      }
      for (data::VectorWriter* const target : targets_) {
        if (target != nullptr) target->set_valid(row);
      }
      rejects.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(failure.reason),
                         failure.column});
    }
  }

 private:
  Failure decode(const data::Payload& payload, std::uint64_t row) {
    if (payload.bytes == nullptr) {
      if (!tombstone_rows_) return {Reason::kNoValue};
      for (data::VectorWriter* const target : targets_) {
        if (target != nullptr) target->set_null_deep(row);
      }
      return {};
    }
    std::string_view record = payload.text();
    if (only_ != nullptr) return walk_.decode(*only_, record, row);
    const auto number = schema_number_of(record);
    if (!number) return {Reason::kBadMagic};
    if (*number != number_) {
      number_ = *number;
      entry_ = &table_.at(*number);
    }
    if (entry_->plan == nullptr) return {entry_->reason};
    record.remove_prefix(kSchemaHeaderBytes);
    return walk_.decode(*entry_->plan, record, row);
  }

  const Only* const only_;
  const Table& table_;
  const bool tombstone_rows_;
  const std::vector<std::size_t> outputs_;
  std::vector<data::VectorWriter*> targets_;
  std::vector<std::unique_ptr<VectorMemory>> checked_;
  Walk walk_;
  std::int32_t number_ = -1;  // of entry_
  const typename Table::Entry* entry_ = nullptr;
};

}  // namespace sluice::formats
