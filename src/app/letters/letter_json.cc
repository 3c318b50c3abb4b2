#include "app/letters/letter_json.h"

#include "base/base64_text.h"
#include "base/utf8_text.h"

namespace sluice {
namespace {

/// A letter in the last bytes of a text that was cut.
constexpr std::size_t kUtf8BytesMax = 4;

/// The text, without the half of a letter that a cut has left at its end; null: it is none.
std::optional<std::string_view> as_text(std::string_view bytes, bool is_cut) {
  const std::size_t valid = valid_utf8_bytes(bytes);
  if (valid == bytes.size() || (is_cut && bytes.size() - valid < kUtf8BytesMax)) {
    return bytes.substr(0, valid);
  }
  return std::nullopt;
}

}  // namespace

OrderedJson app::letter_json(const DeadLetter& letter) {
  OrderedJson json;
  json["id"] = letter.id;
  json["source"] = letter.source;
  // A topic may be called otherwise than its source.
  json["place"] = letter.place.starts_with(letter.source + " ")
                      ? letter.place
                      : letter.source + " " + letter.place;
  json["batch"] = letter.batch;
  json["time"] = letter.time_us / 1000;
  json["reason"] = letter.reason;
  if (!letter.column.empty()) json["column"] = letter.column;
  json["size"] = letter.size;
  if (letter.bytes) {
    const bool is_cut = static_cast<std::int64_t>(letter.bytes->size()) < letter.size;
    if (const auto text = as_text(*letter.bytes, is_cut)) {
      json["text"] = *text;
    } else {
      json["base64"] = base64_text(*letter.bytes);
    }
  }
  if (letter.waits || letter.replayed_in) {
    json["replayed"] = {
        {"batch", letter.replayed_in ? OrderedJson(*letter.replayed_in) : OrderedJson(nullptr)},
        {"waits", letter.waits}};
  } else {
    json["replayed"] = nullptr;
  }
  return json;
}

std::string dead_letter_json(const DeadLetter& letter) {
  return dump_json(app::letter_json(letter));
}

}  // namespace sluice
