#include "formats/registry.h"

#include "formats/avro_decoder.h"
#include "formats/csv_decoder.h"
#include "formats/debezium.h"
#include "formats/json_decoder.h"
#include "formats/protobuf_decoder.h"
#include "formats/raw_encoder.h"
#include "formats/text_decoder.h"

namespace sluice::formats {

const std::vector<FormatKind>& all_formats() {
  static const std::vector<FormatKind> formats = {
      avro_format(),     csv_format(), debezium_format(), json_format(),
      protobuf_format(), raw_format(), text_format()};
  return formats;
}

const FormatKind* find_format(std::string_view name) {
  for (const FormatKind& kind : all_formats()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace sluice::formats
