#include "formats/json_change.h"

#include <charconv>

#include "formats/json_cursor.h"
#include "formats/json_pointer.h"
#include "formats/reason.h"

namespace sluice::formats {
namespace {

/// The members of an envelope that count, as they are in the text.
struct Members {
  std::string_view before, after, op, ts_ms, source, payload;
  bool is_object = false;
  bool twice = false;

  std::string_view* named(std::string_view name) {
    if (name == "before") return &before;
    if (name == "after") return &after;
    if (name == "op") return &op;
    if (name == "ts_ms") return &ts_ms;
    if (name == "source") return &source;
    return name == "payload" ? &payload : nullptr;
  }
};

/// Reads an object's members; null where the text breaks JSON's rules.
const char* read_members(const char* at, const char* end, int depth, JsonSeen& seen,
                         Members& members) {
  if (*at != '{') return skip_value(at, end, depth, seen);
  members.is_object = true;
  at = skip_space(at + 1, end);
  if (at < end && *at == '}') return at + 1;
  while (true) {
    if (at == end || *at != '"') return nullptr;
    const char* const key = at + 1;
    at = skip_string(key, end, seen);
    if (at == nullptr) return nullptr;
    std::string_view* const member =
        members.named(std::string_view(key, static_cast<std::size_t>(at - 1 - key)));
    at = skip_space(at, end);
    if (at == end || *at != ':') return nullptr;
    const char* const value = skip_space(at + 1, end);
    at = skip_value(value, end, depth + 1, seen);
    if (at == nullptr) return nullptr;
    if (member != nullptr) {
      members.twice = members.twice || !member->empty();
      *member = {value, static_cast<std::size_t>(at - value)};
    }
    at = skip_space(at, end);
    if (at < end && *at == '}') return at + 1;
    if (at == end || *at != ',') return nullptr;
    at = skip_space(at + 1, end);
  }
}

Reason read_envelope(std::string_view text, Members& members) {
  static const JsonPointer whole = *JsonPointer::parse("");
  return whole.visit(text, [&members](const char* at, const char* end, int depth, JsonSeen& seen) {
    return read_members(at, end, depth, seen, members);
  });
}

Change broken(std::string_view message, Reason reason) {
  Change change;
  change.row = {message.data(), static_cast<std::uint32_t>(message.size())};
  change.row.broken = static_cast<std::uint16_t>(reason);
  return change;
}

bool is_there(std::string_view value) { return !value.empty() && value != "null"; }

}  // namespace

Change read_json_change(std::string_view message, RowImage image) {
  Members members;
  Reason reason = read_envelope(message, members);
  if (reason == Reason::kNone && members.op.empty() && is_there(members.payload)) {
    const std::string_view inner = members.payload;
    members = Members();
    reason = read_envelope(inner, members);
  }
  if (reason != Reason::kNone) return broken(message, reason);
  const bool has_op = members.op.size() > 2 && members.op.front() == '"';
  if (!members.is_object || !has_op) return broken(message, Reason::kNoEnvelope);
  if (members.twice) return broken(message, Reason::kPlaceTwice);
  Change change;
  change.op = members.op.substr(1, members.op.size() - 2);
  std::string_view row = members.after;
  if (image == RowImage::kBefore || (image == RowImage::kRow && change.op == "d")) {
    row = members.before;
  }
  if (!is_there(row)) return broken(message, Reason::kNoImage);
  change.row = {row.data(), static_cast<std::uint32_t>(row.size())};
  std::int64_t time = 0;
  const char* const end = members.ts_ms.data() + members.ts_ms.size();
  if (!members.ts_ms.empty() && std::from_chars(members.ts_ms.data(), end, time).ptr == end) {
    change.ts_ms = time;
  }
  if (is_there(members.source)) change.source = members.source;
  return change;
}

}  // namespace sluice::formats
