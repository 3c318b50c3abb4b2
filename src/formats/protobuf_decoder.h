#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "formats/protobuf_plan.h"
#include "formats/registry.h"
#include "formats/schema_option.h"
#include "formats/schema_registry.h"
#include "formats/schema_table.h"

namespace sluice::formats {

/// How the records of one schema of a registry are decoded.
struct RegisteredProto {
  std::shared_ptr<const ProtoPlan> plan;
  std::vector<std::int32_t> path;  ///< of the message that is wanted, in that schema
};

/// Protobuf's messages to columns; docs/reference/protobuf.md says exactly how.
class ProtobufDecoder final : public data::Decoder {
 public:
  /// What the options come to.
  struct Rules {
    DecodedColumns columns;
    std::string message;           ///< its name, or ""; with a plan the full one
    bool null_bad_fields = false;  ///< on_error: null
    bool tombstone_rows = false;   ///< tombstones: rows
    bool zeros = true;             ///< emit_default_values
  };

  /// `plan`: of all records; null: of each schema its own. `registry`: null where records are bare,
  /// which needs the plan.
  ProtobufDecoder(Rules rules, std::shared_ptr<const ProtoPlan> plan,
                  std::unique_ptr<SchemaRegistry> registry)
      : rules_(std::move(rules)), plan_(std::move(plan)), registry_(std::move(registry)) {}

  const data::Schema& schema() const override { return rules_.columns.schema; }
  Status prepare(const data::RecordBatch& batch) override;
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  bool expects_schema_numbers() const override { return true; }
  std::string reason_text(const data::Reject& reject) const override;

 private:
  Result<std::shared_ptr<const RegisteredProto>> compile(const RegisteredSchema& schema) const;

  Rules rules_;
  std::shared_ptr<const ProtoPlan> plan_;
  std::unique_ptr<SchemaRegistry> registry_;
  SchemaTable<RegisteredProto> plans_;
};

/// The message types of a registered schema. kUser: it is in another language, or wrong.
Result<ProtoSchema> parse_protobuf(const RegisteredSchema& schema);
/// As above, of the subject that the options name. kUser errors have the place of `registry`.
Result<ProtoSchema> parse_protobuf(const RegisteredSchema& schema, const Options& options,
                                   const std::string& topic);

/// Those of the file that the options `schema_file` and `import_paths` name, and its text where it
/// is no descriptor set. kUser errors carry the place.
struct ProtoFile {
  ProtoSchema schema;
  std::string text;  ///< "": a descriptor set
};
Result<ProtoFile> read_proto_file(const Options& options, io::FileSystem& files);

/// Those two, and `message`.
std::vector<OptionSpec> proto_file_options();

/// The format `protobuf`.
FormatKind protobuf_format();

}  // namespace sluice::formats
