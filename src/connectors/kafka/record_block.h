#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::connectors::kafka {

/// A record on its way to a topic. Whoever gives it says how long its bytes live.
struct RecordView {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::string_view headers;        ///< packed by append_header; "": none
  std::int32_t partition = -1;     ///< -1: by the key's hash, as Java's producer does
  std::int64_t timestamp_ms = -1;  ///< -1: the time at which it is sent

  /// What the broker counts against max.message.bytes, without its own few bytes a record.
  std::size_t bytes() const {
    return (key ? key->size() : 0) + (value ? value->size() : 0) + headers.size();
  }
};

struct HeaderView {
  std::string_view name;
  std::optional<std::string_view> value;
};
void append_header(std::string& packed, std::string_view name,
                   std::optional<std::string_view> value);
/// Takes the first header out of `packed`. False: there is none, or what is there is none.
bool take_header(std::string_view& packed, HeaderView& header);

// Staged records lie one after the other in a block, in an outbox entry or a file of the
// checkpoint: lengths of the key, the value and the headers (-1: absent), the partition (int32
// each), the timestamp (int64), in this machine's order of bytes; then the three.

void append_record(std::string& block, const RecordView& record);
/// Takes the first record out of `block`; its bytes are the block's. False: it is not whole.
bool take_record(std::string_view& block, RecordView& record);

}  // namespace sluice::connectors::kafka
