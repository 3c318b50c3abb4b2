#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/arena.h"
#include "data/decoder.h"
#include "data/vector_writer.h"
#include "formats/map_keys.h"
#include "formats/protobuf_plan.h"
#include "formats/value_text.h"

namespace sluice::formats {

/// Decodes one message after the other into columns, without an object between. One thread.
class ProtoWalk {
 public:
  /// As AvroWalk. `zeros`: an absent field without presence has its default, else NULL.
  ProtoWalk(const std::vector<data::VectorWriter*>& targets, data::Arena& arena, bool null_bad,
            bool zeros)
      : targets_(targets), context_{Rules::kCsv, arena}, null_bad_(null_bad), zeros_(zeros) {}

  /// Before the records of a chunk: the targets are new.
  void start_chunk() { plan_ = nullptr; }

  /// Writes the record to row `row`. After a failure what the row holds means nothing.
  Failure decode(const ProtoPlan& plan, std::string_view record, std::uint64_t row);

 private:
  /// Where the fields of a message go: columns, or the children of a STRUCT.
  class Place {
   public:
    Place(const std::vector<data::VectorWriter*>& columns, bool is_columns)
        : columns_(&columns), is_columns_(is_columns) {}
    explicit Place(data::VectorWriter& parent) : parent_(&parent) {}
    data::VectorWriter* at(std::size_t target) const {
      if (target == ProtoStep::kNoTarget) return nullptr;
      return parent_ != nullptr ? &parent_->children[target] : (*columns_)[target];
    }
    bool is_columns() const { return is_columns_; }

   private:
    const std::vector<data::VectorWriter*>* columns_ = nullptr;
    data::VectorWriter* parent_ = nullptr;
    bool is_columns_ = false;
  };

  Reason read_message(const ProtoRecord& record, std::string_view bytes, Place place,
                      std::uint64_t row, int depth);
  Reason read_field(const ProtoRecord& record, std::size_t index, const ProtoRaw& raw,
                    data::VectorWriter& out, std::uint64_t row, int depth);
  Reason read_repeated(const ProtoStep& step, const ProtoRaw& raw, bool first,
                       data::VectorWriter& out, std::uint64_t row, int depth);
  Reason read_packed(const ProtoStep& step, std::string_view bytes, data::VectorWriter& out,
                     std::uint64_t row, int depth);
  Reason add_element(const ProtoStep& step, const ProtoRaw& raw, data::VectorWriter& out,
                     std::uint64_t row, int depth);
  Reason add_entry(const ProtoStep& step, std::string_view bytes, data::VectorWriter& out,
                   std::uint64_t row, int depth);
  Reason read_parts(const ProtoRecord& record, std::size_t base, Place place, std::uint64_t row,
                    int depth);
  void put_out_siblings(const ProtoRecord& record, std::size_t base, std::size_t index);
  Reason fill_absent(const ProtoRecord& record, std::size_t base, Place place, std::uint64_t row);
  Reason put(const ProtoStep& step, const ProtoRaw& raw, data::VectorWriter& out, std::uint64_t row,
             int depth);
  Reason put_scalar(const ProtoStep& step, const ProtoRaw& raw, data::VectorWriter& out,
                    std::uint64_t row);
  Reason put_symbol(const ProtoStep& step, std::int32_t number, data::VectorWriter& out,
                    std::uint64_t row);
  Reason put_message(const ProtoStep& step, std::string_view bytes, data::VectorWriter& out,
                     std::uint64_t row, int depth);
  Reason put_time(const ProtoStep& step, std::string_view bytes, data::VectorWriter& out,
                  std::uint64_t row) const;
  std::string_view key_of(const ProtoStep& step, const data::VectorWriter& keys, std::uint64_t row);
  void make_room(const ProtoStep& step, data::VectorWriter& out);
  Reason forgiven(Reason reason, data::VectorWriter& out, std::uint64_t row) const;

  const std::vector<data::VectorWriter*>& targets_;
  ValueContext context_;
  const bool null_bad_;
  const bool zeros_;
  std::uint16_t column_ = data::Reject::kNoColumn;  // where a field failed
  const ProtoPlan* plan_ = nullptr;                 // whose lists rooms_ is about
  bool is_dropped_ = false;  // the entry in hand: its value is a symbol that is none
  /// Of the messages in hand, one inside the other: what was met of each of their fields.
  struct Met {
    bool seen = false;
    bool in_parts = false;
    std::string_view bytes{};  // of a message that is there once
  };
  /// A message that is there more than once: its parts are read as one, at the end of what holds
  /// it.
  struct Part {
    std::size_t met = 0;  // index
    std::string_view bytes{};
  };
  std::vector<Met> met_;
  std::vector<Part> parts_;
  std::vector<std::uint64_t> rooms_;  // elements that fit, of the list with that state
  std::vector<MapKeys> keys_;         // of the map with that state
};

}  // namespace sluice::formats
