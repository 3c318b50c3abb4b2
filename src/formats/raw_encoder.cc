#include "formats/raw_encoder.h"

#include "base/nearest.h"

namespace sluice::formats {
namespace {

using data::TypeId;

class RawEncoder final : public Encoder {
 public:
  explicit RawEncoder(std::size_t column) : column_(column) {}

  Result<bool> append(data::ChunkReader columns, std::uint64_t row,
                      std::string& out) const override {
    if (columns[column_].is_null(row)) return false;
    out += columns[column_].text(row);
    return true;
  }

 private:
  const std::size_t column_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_raw_encoder(const data::Schema& schema,
                                                  const std::string& column) {
  const int found = schema.find(column);
  if (found < 0) {
    std::vector<std::string> names;
    for (const data::Field& field : schema.fields()) names.push_back(field.name);
    return user_error("raw: there is no column '" + column + "' to take the bytes from" +
                      did_you_mean(column, names) + "; columns: " + schema.to_string());
  }
  const data::Type& type = schema[static_cast<std::size_t>(found)].type;
  if (type.id() != TypeId::kVarchar && type.id() != TypeId::kBlob && type.id() != TypeId::kJson) {
    return user_error("raw: column '" + column + "' is a " + type.to_string() +
                      ", and only a VARCHAR, BLOB or JSON is bytes: CAST it AS VARCHAR, or write "
                      "{json: {}}");
  }
  return {std::make_unique<RawEncoder>(static_cast<std::size_t>(found))};
}

FormatKind raw_format() {
  FormatKind kind;
  kind.name = "raw";
  kind.text = "Bytes as they are.";
  kind.value_text = "The bytes of one column as they are, of which a record may also have none.";
  kind.encoder_options = {{.name = "column",
                           .text = "The column (VARCHAR, BLOB or JSON) whose bytes the record has; "
                                   "of a NULL the record has no value (a tombstone).",
                           .default_text = "value"}};
  kind.make_encoder = [](const Options& options, const data::Schema& schema,
                         const EncoderContext& /*context*/) {
    return make_raw_encoder(schema, options.text("column"));
  };
  return kind;
}

}  // namespace sluice::formats
