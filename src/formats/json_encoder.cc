#include "formats/json_encoder.h"

namespace sluice::formats {
namespace {

class JsonEncoder final : public Encoder {
 public:
  JsonEncoder(const data::Schema& schema, JsonForm form, const TimeZone& zone)
      : zone_(zone), writer_(data::Type::structure(schema.fields()), form, zone_) {}

  Result<bool> append(data::ChunkReader columns, std::uint64_t row,
                      std::string& out) const override {
    writer_.append_object(out, columns, row);
    return true;
  }

 private:
  const TimeZone zone_;
  const JsonWriter writer_;  // refers to zone_
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_json_encoder(const data::Schema& schema, JsonForm form,
                                                   const TimeZone& zone) {
  for (const data::Field& field : schema.fields()) {
    if (has_json(field.type)) continue;
    return user_error("column '" + field.name + "' is a " + field.type.to_string() +
                      ", which has no JSON form: CAST it AS VARCHAR");
  }
  return {std::make_unique<JsonEncoder>(schema, form, zone)};
}

}  // namespace sluice::formats
