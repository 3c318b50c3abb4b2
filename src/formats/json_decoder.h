#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "formats/json_elements.h"
#include "formats/json_pointer.h"
#include "formats/json_reader.h"
#include "formats/registry.h"
#include "formats/schema_file.h"
#include "formats/schema_option.h"

namespace sluice::formats {

/// JSON objects to columns; docs/reference/json.md says exactly how.
class JsonDecoder final : public data::Decoder {
 public:
  /// `zone`: the one that the rules name, if any.
  JsonDecoder(DecodedColumns columns, JsonRules rules,
              std::shared_ptr<const TimeZone> zone = nullptr)
      : columns_(std::move(columns)), rules_(rules), zone_(std::move(zone)) {}

  /// The columns are those of `file`, as long as that does not change.
  void watch(SchemaFile file) { file_ = std::move(file); }
  Status prepare(const data::RecordBatch&) override { return file_ ? file_->check() : Status(); }

  /// The records are elsewhere than at the top of a message: each below `payload`, and several in
  /// one, at `elements`, each of which `payload` is looked for in then. Either may be null.
  void look_inside(std::optional<JsonPointer> payload, std::optional<JsonElements> elements) {
    payload_ = std::move(payload);
    elements_ = std::move(elements);
  }
  std::unique_ptr<data::RecordBatch> present(const data::RecordBatch& messages) const override;
  const data::Schema& added_columns() const override;

  const data::Schema& schema() const override { return columns_.schema; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  std::string reason_text(const data::Reject& reject) const override;

 private:
  DecodedColumns columns_;
  JsonRules rules_;
  std::shared_ptr<const TimeZone> zone_;  ///< keeps it alive
  std::optional<SchemaFile> file_;        ///< null: the columns are in the pipeline file
  std::optional<JsonPointer> payload_;
  std::optional<JsonElements> elements_;
};

/// What Spark's from_json makes of texts, in its PERMISSIVE mode: nothing is rejected. Of a STRUCT
/// the columns are its fields; of a LIST or MAP there is the one column `value`. kUser for other
/// types, and for what text cannot hold. `zone` is that of TIMESTAMPTZ texts that name none.
Result<std::unique_ptr<data::Decoder>> make_spark_json_decoder(
    const data::Type& type, std::shared_ptr<const TimeZone> zone);

/// The format `json`.
FormatKind json_format();

}  // namespace sluice::formats
