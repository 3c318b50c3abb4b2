#include "formats/csv_decoder.h"

#include <algorithm>

#include <simdjson.h>

#include "base/nearest.h"
#include "formats/csv_encoder.h"
#include "formats/csv_options.h"
#include "formats/reason.h"
#include "formats/value_text.h"
#include "formats/vector_memory.h"

namespace sluice::formats {

namespace {

class CsvReader final : public data::RecordReader {
 public:
  CsvReader(const std::vector<ValuePlan>& plans, const CsvRules& rules,
            const std::vector<std::size_t>& columns, const std::vector<std::size_t>& checked,
            data::Arena& arena)
      : rules_(rules), context_{Rules::kCsv, arena} {
    for (const std::size_t column : columns) add_target(plans, column, nullptr);
    for (const std::size_t column : checked) {
      if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
      checked_.push_back(std::make_unique<VectorMemory>(plans[column], data::kChunkRowsMax));
      add_target(plans, column, &checked_.back()->vector());
    }
  }

  void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
            data::ChunkWriter out, std::vector<std::uint32_t>& kept,
            std::vector<data::Reject>& rejects) override {
    for (std::size_t i = 0; i < out.size(); ++i) targets_[i].out = &out[i];
    for (const auto& memory : checked_) memory->clear();
    std::uint64_t row = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      const Failure failure = decode(payloads[i], row);
      if (failure.reason == Reason::kNone) {
        kept.push_back(static_cast<std::uint32_t>(i));
        ++row;
        continue;
      }
      for (const Target& target : targets_) target.out->set_valid(row);
      rejects.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(failure.reason),
                         failure.column});
    }
  }

 private:
  struct Target {
    const ValuePlan* plan;
    std::size_t field;
    std::uint16_t column;
    data::VectorWriter* out;
  };

  void add_target(const std::vector<ValuePlan>& plans, std::size_t column,
                  data::VectorWriter* out) {
    targets_.push_back(
        {&plans[column], rules_.field_of_column[column], static_cast<std::uint16_t>(column), out});
  }

  Failure decode(const data::Payload& payload, std::uint64_t row) {
    if (payload.bytes == nullptr && rules_.tombstone_rows) {
      for (const Target& target : targets_) target.out->set_null_deep(row);
      return {};
    }
    if (payload.bytes == nullptr) return {Reason::kNoValue};
    const std::string_view record = without_line_end(payload.text());
    if (record.empty() && rules_.fields > 1) return {Reason::kEmpty};
    if (!simdjson::validate_utf8(record.data(), record.size())) return {Reason::kInvalidUtf8};
    const Reason broken = split_csv(record, rules_.style, context_.arena, fields_);
    if (broken != Reason::kNone) return {broken};
    if (std::ranges::any_of(fields_, holds_line_end)) return {Reason::kSeveralLines};
    if (fields_.size() < rules_.fields) return {Reason::kTooFewFields};
    if (fields_.size() > rules_.fields) return {Reason::kTooManyFields};
    for (const Target& target : targets_) {
      const Reason reason = write(target, fields_[target.field], row);
      if (reason == Reason::kNone) continue;
      if (!rules_.null_bad_fields) return {reason, target.column};
      target.out->set_null_deep(row);
    }
    return {};
  }

  /// A message may end as a line of a file does.
  static std::string_view without_line_end(std::string_view record) {
    if (!record.ends_with('\n')) return record;
    record.remove_suffix(record.ends_with("\r\n") ? 2 : 1);
    return record;
  }

  static bool holds_line_end(const CsvField& field) {
    return !field.quoted && field.text.find('\n') != std::string_view::npos;
  }

  Reason write(const Target& target, CsvField field, std::uint64_t row) {
    if (!field.quoted) {
      if (rules_.style.trim) field.text = trimmed(field.text);
      if (field.text == rules_.null_text) {
        target.out->set_null_deep(row);
        return Reason::kNone;
      }
    }
    return write_text(*target.plan, field.text, context_, *target.out, row);
  }

  static std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
  }

  const CsvRules& rules_;
  ValueContext context_;
  std::vector<Target> targets_;
  std::vector<std::unique_ptr<VectorMemory>> checked_;
  std::vector<CsvField> fields_;
};

Status read_fields(const Options& options, const data::Schema& schema, CsvRules& rules) {
  rules.fields = schema.size();
  for (std::size_t i = 0; i < schema.size(); ++i) rules.field_of_column.push_back(i);
  if (!options.has("columns_in_file")) return {};
  const std::vector<std::string> names = options.text_list("columns_in_file");
  rules.fields = names.size();
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), schema[i].name);
    if (found == names.end()) {
      return options.value("columns_in_file")
          .error("'columns_in_file' does not name the column '" + schema[i].name + "'" +
                 did_you_mean(schema[i].name, names));
    }
    rules.field_of_column[i] = static_cast<std::size_t>(found - names.begin());
  }
  return {};
}

Result<std::unique_ptr<data::Decoder>> make_csv_decoder(const Options& options, const Context&) {
  SLUICE_ASSIGN(DecodedColumns columns, read_schema(options));
  for (std::size_t i = 0; i < columns.plans.size(); ++i) {
    if (!columns.plans[i].children.empty()) {
      return options.value("schema").error(
          "column '" + columns.schema[i].name + "': CSV has no text for " +
          columns.schema[i].type.to_string() + "; declare it JSON and take it apart in a view");
    }
  }
  CsvRules rules;
  SLUICE_ASSIGN(rules.style, read_csv_style(options));
  SLUICE_TRY(read_fields(options, columns.schema, rules));
  rules.null_text = options.has("null_text") ? options.text("null_text") : "";
  rules.null_bad_fields = options.text("on_error") == "null";
  rules.tombstone_rows = options.text("tombstones") == "rows";
  return std::unique_ptr<data::Decoder>(
      std::make_unique<CsvDecoder>(std::move(columns), std::move(rules)));
}

}  // namespace

std::unique_ptr<data::RecordReader> CsvDecoder::reader(std::vector<std::size_t> columns,
                                                       std::vector<std::size_t> checked,
                                                       data::Arena& arena) const {
  return std::make_unique<CsvReader>(columns_.plans, rules_, columns, checked, arena);
}

std::string CsvDecoder::reason_text(const data::Reject& reject) const {
  return formats::reason_text(reject, columns_.schema);
}

FormatKind csv_format() {
  FormatKind kind;
  kind.name = "csv";
  kind.text = "Comma-separated values, one record per line (RFC 4180).";
  kind.options = shared_options();
  const std::vector<OptionSpec> text = csv_text_options();
  const std::vector<OptionSpec> own = {
      {.name = "null_text",
       .text = "A field of exactly this text without quotes is NULL. Default: the empty field.",
       .example = "NULL"},
  };
  kind.options.insert(kind.options.end(), text.begin(), text.end());
  kind.options.insert(kind.options.end(), own.begin(), own.end());
  kind.make = make_csv_decoder;
  kind.value_text = "A row as one CSV record (RFC 4180), without a header.";
  kind.encoder_options = csv_encoder_options();
  kind.make_encoder = [](const Options& options, const data::Schema& schema,
                         const EncoderContext& context) {
    return make_csv_encoder(options, schema, context.zone);
  };
  return kind;
}

}  // namespace sluice::formats
