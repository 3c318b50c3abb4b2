#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "formats/avro_plan.h"
#include "formats/registry.h"
#include "formats/schema_option.h"
#include "formats/schema_registry.h"
#include "formats/schema_table.h"

namespace sluice::formats {

/// Avro's records to columns; docs/reference/avro.md says exactly how.
class AvroDecoder final : public data::Decoder {
 public:
  /// What the options come to.
  struct Rules {
    DecodedColumns columns;
    std::optional<AvroSchema> reader;  ///< of which the columns were made
    bool null_bad_fields = false;      ///< on_error: null
    bool tombstone_rows = false;       ///< tombstones: rows
    std::optional<RowImage> image{};   ///< of Debezium's envelopes: see AvroPlan::Target
  };

  /// Records that are bare values of `writer`. kUser: it does not give the columns.
  static Result<std::unique_ptr<data::Decoder>> make(Rules rules, AvroSchema writer);
  /// Records that name their schema.
  static std::unique_ptr<AvroDecoder> make(Rules rules, std::unique_ptr<SchemaRegistry> registry);

  /// How records of that schema are decoded; null: not at all. REQUIRES: prepare() has seen the
  /// batch.
  const AvroPlan* plan_of(std::int32_t number) const { return plans_.at(number).plan.get(); }

  const data::Schema& schema() const override { return rules_.columns.schema; }
  Status prepare(const data::RecordBatch& batch) override;
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  bool expects_schema_numbers() const override { return true; }
  std::string reason_text(const data::Reject& reject) const override;

 private:
  explicit AvroDecoder(Rules rules) : rules_(std::move(rules)) {}
  Result<std::shared_ptr<const AvroPlan>> compile(AvroSchema writer) const;

  Rules rules_;
  std::shared_ptr<const AvroPlan> only_;      ///< of bare values; null: by number
  std::unique_ptr<SchemaRegistry> registry_;  ///< null: only_
  SchemaTable<AvroPlan> plans_;
};

/// The Avro schema of a registered one. kUser: it is in another language, or wrong.
Result<AvroSchema> parse_avro(const RegisteredSchema& schema);
/// As above, of the subject that the options name. kUser errors have the place of `registry`.
Result<AvroSchema> parse_avro(const RegisteredSchema& schema, const Options& options,
                              const std::string& topic);

/// The schema in the file that the option `schema_file` names, with types of the `references`.
/// kUser errors carry the place.
struct AvroFile {
  AvroSchema schema;
  std::string text;  ///< without the references
};
Result<AvroFile> read_avro_file(const Options& options, io::FileSystem& files);
OptionSpec avro_references_option();

/// `schema` as columns that binary formats fill. kUser, by `error`.
Result<DecodedColumns> compile_binary_columns(data::Schema schema, const ColumnError& error);

/// The newest version of the subject that the options name. kUser errors have the place of
/// `registry`.
Result<AvroSchema> newest_avro(SchemaRegistry& registry, const Options& options,
                               const std::string& topic);

/// Changes in Debezium's envelope, by the options of the format.
Result<std::unique_ptr<data::Decoder>> make_avro_change_decoder(const Options& options,
                                                                const Context& context,
                                                                RowImage image);

/// The format `avro`.
FormatKind avro_format();

}  // namespace sluice::formats
