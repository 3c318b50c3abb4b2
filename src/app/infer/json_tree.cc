#include "app/infer/json_tree.h"

#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace sluice::app {
namespace {

using EventKind = JsonEvent::Kind;

/// As the decoder has it.
constexpr std::size_t kParsedDepthMax = 256;
/// Names of one object.
constexpr std::size_t kNamesMax = 1000;

/// Collects what nlohmann's parser meets; a number is its text.
class Collector : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<JsonEvent> events;

  bool null() override { return add(EventKind::kNull); }
  bool boolean(bool value) override { return add(EventKind::kBoolean, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return add(EventKind::kNumber, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add(EventKind::kNumber, std::to_string(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return add(EventKind::kNumber, text);
  }
  bool string(string_t& value) override { return add(EventKind::kText, std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override {
    names_.emplace_back();
    return add(EventKind::kBeginObject) && names_.size() <= kParsedDepthMax;
  }
  bool key(string_t& name) override {
    // One of two is wrong, and nobody can say which: the decoder takes neither.
    if (!names_.back().insert(name).second) return false;
    return add(EventKind::kName, std::move(name));
  }
  bool end_object() override {
    names_.pop_back();
    return add(EventKind::kEndObject);
  }
  bool start_array(std::size_t /*elements*/) override {
    names_.emplace_back();
    return add(EventKind::kBeginList) && names_.size() <= kParsedDepthMax;
  }
  bool end_array() override {
    names_.pop_back();
    return add(EventKind::kEndList);
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool add(EventKind kind, std::string text = "") {
    events.push_back({kind, std::move(text)});
    return true;
  }

  std::vector<std::set<std::string>> names_;
};

/// The event after the value that begins at `at`.
std::size_t after_value(const std::vector<JsonEvent>& events, std::size_t at) {
  std::size_t depth = 0;
  do {
    const EventKind kind = events[at++].kind;
    if (kind == EventKind::kBeginObject || kind == EventKind::kBeginList) ++depth;
    if (kind == EventKind::kEndObject || kind == EventKind::kEndList) --depth;
  } while (depth > 0);
  return at;
}

}  // namespace

std::vector<JsonEvent> json_events(std::string_view text) {
  Collector collector;
  // The parser skips a byte order mark, which no decoder does.
  if (text.starts_with("\xEF\xBB\xBF")) return {};
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &collector)) return {};
  return std::move(collector.events);
}

bool JsonTree::is_list_of_objects(const std::vector<JsonEvent>& events) {
  if (events.empty() || events.front().kind != EventKind::kBeginList) return false;
  for (std::size_t at = 1; events[at].kind != EventKind::kEndList; at = after_value(events, at)) {
    if (events[at].kind != EventKind::kBeginObject) return false;
  }
  return events.size() > 2;
}

void JsonTree::add_elements(const std::vector<JsonEvent>& events) {
  for (std::size_t at = 1; events[at].kind != EventKind::kEndList;) at = add(events, at, root_);
}

JsonPlace* JsonTree::field(JsonPlace& place, const std::string& name) {
  const auto there = place.index.find(name);
  if (there != place.index.end()) return place.fields[there->second].second.get();
  if (place.is_too_wide || place.fields.size() >= kNamesMax || places_ >= kJsonPlacesMax) {
    place.is_too_wide = true;
    return nullptr;
  }
  ++places_;
  place.index.emplace(name, place.fields.size());
  place.fields.emplace_back(name, std::make_unique<JsonPlace>());
  return place.fields.back().second.get();
}

std::size_t JsonTree::add_object(const std::vector<JsonEvent>& events, std::size_t at,
                                 JsonPlace& place) {
  place.stats.add_nested(Shape::kObject);
  ++at;
  while (events[at].kind != EventKind::kEndObject) {
    JsonPlace* const inner = field(place, events[at].text);
    at = inner != nullptr ? add(events, at + 1, *inner) : after_value(events, at + 1);
  }
  return at + 1;
}

/// The value at `at`; gives the event after it. As deep as the value, which is kParsedDepthMax at
/// most.
std::size_t JsonTree::add(const std::vector<JsonEvent>& events, std::size_t at, JsonPlace& place) {
  const JsonEvent& event = events[at];
  switch (event.kind) {
    case EventKind::kBeginObject:
      return add_object(events, at, place);
    case EventKind::kBeginList:
      place.stats.add_nested(Shape::kList);
      if (place.element == nullptr) place.element = std::make_unique<JsonPlace>();
      ++at;
      while (events[at].kind != EventKind::kEndList) at = add(events, at, *place.element);
      return at + 1;
    case EventKind::kBoolean:
      place.stats.add({.shape = Shape::kBoolean}, event.text);
      break;
    case EventKind::kNumber:
      place.stats.add(shape_of_number(event.text), event.text);
      break;
    case EventKind::kText:
      place.stats.add_text(event.text);
      break;
    default:
      break;
  }
  return at + 1;
}

}  // namespace sluice::app
