#include "connectors/delta/delta_offset.h"

#include "base/json.h"

namespace sluice::connectors {

using Json = OrderedJson;

data::Offset DeltaOffset::to_offset() const {
  const Json json = {
      {"table", table}, {"version", version}, {"index", index}, {"initial", initial}};
  return {dump_json(json)};
}

Result<DeltaOffset> DeltaOffset::parse(const data::Offset& offset) {
  const Json json = parse_ordered_json(offset.json);
  const bool fits = json.is_object() && json.value("table", Json()).is_string() &&
                    json.value("version", Json()).is_number_integer() &&
                    json.value("index", Json()).is_number_integer() &&
                    json.value("initial", Json()).is_boolean();
  if (!fits) {
    return corruption_error("not an offset of a Delta table: " + offset.json.substr(0, 200));
  }
  return DeltaOffset{json["table"].get<std::string>(), json["version"].get<std::int64_t>(),
                     json["index"].get<std::int64_t>(), json["initial"].get<bool>()};
}

}  // namespace sluice::connectors
