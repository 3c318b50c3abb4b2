#include "sql/functions/json_functions.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/utf8_text.h"
#include "data/decoder.h"
#include "formats/json_cursor.h"
#include "formats/json_decoder.h"
#include "formats/json_items.h"
#include "formats/json_path.h"
#include "formats/json_writer.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/duckdb_vector.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/functions/function_facts.h"

namespace sluice::sql {
namespace {

using data::Type;
using data::TypeId;

Type type_of_vector(duckdb_vector vector) {
  const TypeHandle type(duckdb_vector_get_column_type(vector));
  return read_logical_type(type.get());
}

void fail(duckdb_function_info info, const std::string& message) {
  duckdb_scalar_function_set_error(info, message.c_str());
}

std::string no_json(const Type& type) {
  return "a " + type.to_string() + " has no JSON form: CAST it AS VARCHAR";
}

template <formats::JsonForm form>
void to_json_texts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector values = duckdb_data_chunk_get_vector(input, 0);
  const Type type = type_of_vector(values);
  const auto zone = zone_of(info);
  if (!formats::has_json(type)) return fail(info, no_json(type));
  const formats::JsonWriter writer(type, form, *zone);
  const data::VectorReader reader = read_vector(values, type);
  std::string text;
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (reader.is_null(row)) {
      set_null(output, row);
      continue;
    }
    text.clear();
    writer.append(text, reader, row);
    set_bytes(output, row, text);
  }
}

/// The JSON text that a value is, or has.
class JsonArgument {
 public:
  JsonArgument(duckdb_vector vector, std::shared_ptr<const TimeZone> zone)
      : vector_(vector), type_(type_of_vector(vector)), zone_(std::move(zone)) {
    if (!is_text() && is_possible()) {
      writer_.emplace(type_, formats::JsonForm::kLines, *zone_);
      reader_ = read_vector(vector, type_);
    }
  }

  const Type& type() const { return type_; }
  bool is_possible() const { return formats::has_json(type_); }

  /// Good until the next call.
  std::string_view at(idx_t row) {
    if (is_text()) return bytes_at(vector_, row);
    if (type_.id() == TypeId::kBlob) {
      const std::string_view bytes = bytes_at(vector_, row);
      if (is_utf8(bytes)) return bytes;
      text_ = with_valid_utf8(bytes);
      return text_;
    }
    text_.clear();
    writer_->append(text_, reader_, row);
    return text_;
  }

 private:
  bool is_text() const { return type_.id() == TypeId::kVarchar || type_.id() == TypeId::kJson; }

  duckdb_vector vector_;
  Type type_;
  std::shared_ptr<const TimeZone> zone_;
  std::optional<formats::JsonWriter> writer_;
  data::VectorReader reader_;
  std::string text_;
};

std::optional<formats::JsonPath> path_of(std::string_view text) {
  if (!text.starts_with('#')) return formats::JsonPath::parse(text);
  return formats::JsonPath::element(std::stoll(std::string(text.substr(1))));
}

/// `as_text`: ->> , else ->.
template <bool as_text>
void json_values(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  const duckdb_vector values = duckdb_data_chunk_get_vector(input, 0);
  const duckdb_vector paths = duckdb_data_chunk_get_vector(input, 1);
  JsonArgument argument(values, zone_of(info));
  if (!argument.is_possible()) return fail(info, no_json(argument.type()));
  std::string known;
  std::string shown;
  std::optional<formats::JsonPath> path;
  for (idx_t row = 0; row < rows; ++row) {
    if (is_null(values, row) || is_null(paths, row)) {
      set_null(output, row);
      continue;
    }
    if (const std::string_view text = bytes_at(paths, row); !path || text != known) {
      known = text;
      path = path_of(known);
      if (!path) return fail(info, "'" + known + "' is not a JSON path such as $.a.b[0]");
    }
    const std::string_view json = argument.at(row);
    if (!formats::is_json(json)) {
      constexpr std::size_t kShownMax = 60;
      return fail(info, "'" + with_valid_utf8(json.substr(0, kShownMax)) +
                            "' is not JSON; get_json_object(text, '$.a') returns NULL instead");
    }
    const auto found = path->find(json);
    if (!found || (as_text && *found == "null")) {
      set_null(output, row);
    } else if (as_text && found->front() == '"') {
      set_bytes(output, row, formats::string_of(*found));
    } else {
      shown.clear();
      formats::append_without_blanks(shown, *found);
      set_bytes(output, row, shown);
    }
  }
}

void json_objects(duckdb_function_info /*info*/, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0);
  const duckdb_vector paths = duckdb_data_chunk_get_vector(input, 1);
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    std::optional<std::string> found;
    if (!is_null(texts, row) && !is_null(paths, row)) {
      found = formats::get_json_object(bytes_at(texts, row), bytes_at(paths, row));
    }
    if (found) {
      set_bytes(output, row, *found);
    } else {
      set_null(output, row);
    }
  }
}

/// from_json for one type.
struct FromJson {
  Type type;
  std::unique_ptr<data::Decoder> decoder;
};

/// What a thread keeps of it from chunk to chunk.
struct FromJsonWorker {
  explicit FromJsonWorker(const FromJson& function) : writer(make_writer(function.type)) {
    std::vector<std::size_t> columns(function.decoder->schema().size());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
    reader = function.decoder->reader(std::move(columns), {}, *arena);
  }

  /// One a chunk, at the same place: the reader refers to it.
  std::optional<data::Arena> arena{std::in_place};
  std::unique_ptr<data::RecordReader> reader;
  data::VectorWriter writer;
};

template <class T>
void destroy(void* owned) {
  delete static_cast<T*>(owned);
}

void start_from_json(duckdb_init_info info) {
  inside_callback(
      [&] {
        const auto& function = **static_cast<std::shared_ptr<FromJson>*>(
            duckdb_scalar_function_init_get_extra_info(info));
        duckdb_scalar_function_init_set_state(info, new FromJsonWorker(function),
                                              destroy<FromJsonWorker>);
      },
      [&](const char* text) { duckdb_scalar_function_init_set_error(info, text); });
}

/// Texts that point into the argument or the arena become DuckDB's own.
void own_texts(duckdb_vector vector, const Type& type, idx_t rows) {
  switch (type.id()) {
    case TypeId::kVarchar:
    case TypeId::kJson:
    case TypeId::kBlob:
      for (idx_t row = 0; row < rows; ++row) {
        if (is_null(vector, row)) continue;
        const std::string_view text = bytes_at(vector, row);
        if (text.size() > data::StringSlot::kInlineBytesMax) set_bytes(vector, row, text);
      }
      return;
    case TypeId::kStruct:
      for (idx_t i = 0; i < type.children().size(); ++i) {
        own_texts(duckdb_struct_vector_get_child(vector, i), type.children()[i].type, rows);
      }
      return;
    case TypeId::kList:
      own_texts(duckdb_list_vector_get_child(vector), type.children()[0].type,
                duckdb_list_vector_get_size(vector));
      return;
    case TypeId::kMap:
      own_texts(duckdb_list_vector_get_child(vector), Type::structure(type.children()),
                duckdb_list_vector_get_size(vector));
      return;
    default:
      return;
  }
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void from_json_values(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& function =
      **static_cast<std::shared_ptr<FromJson>*>(duckdb_scalar_function_get_extra_info(info));
  auto& worker = *static_cast<FromJsonWorker*>(duckdb_scalar_function_get_state(info));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  const duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0);
  std::vector<data::Payload> payloads(rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (is_null(texts, row)) continue;
    const std::string_view text = bytes_at(texts, row);
    payloads[row] = {text.data(), static_cast<std::uint32_t>(text.size())};
  }
  worker.arena.emplace();
  aim_writer(worker.writer, output, function.type);
  const bool is_struct = function.type.id() == TypeId::kStruct;
  const data::ChunkWriter columns =
      is_struct ? data::ChunkWriter(worker.writer.children) : data::ChunkWriter(&worker.writer, 1);
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  worker.reader->read(payloads, 0, rows, columns, kept, rejects);
  finish_writer(worker.writer, function.type);
  own_texts(output, function.type, rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (is_null(texts, row) || is_blank(payloads[row].text())) set_null(output, row);
  }
}

/// FNV-1a, 64 bits.
std::string hash_text(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += kDigits[(hash >> shift) & 15];
  return digits;
}

}  // namespace

Status register_json_functions(DuckdbSession& session) {
  const auto define = [&session](const char* name, std::initializer_list<duckdb_type> arguments,
                                 TypeId returned, ScalarCode code, bool any_number = false) {
    return register_function(session, {.name = name,
                                       .arguments = types_of(arguments),
                                       .returned = make_logical_type(returned),
                                       .code = code,
                                       .any_number = any_number,
                                       .extra = new Facts(session.facts()),
                                       .delete_extra = delete_facts});
  };
  SLUICE_TRY(define("sluice_to_json", {DUCKDB_TYPE_ANY}, TypeId::kJson,
                    guarded<to_json_texts<formats::JsonForm::kSpark>>));
  SLUICE_TRY(define("sluice_json", {DUCKDB_TYPE_ANY}, TypeId::kVarchar,
                    guarded<to_json_texts<formats::JsonForm::kLines>>));
  SLUICE_TRY(define("sluice_json_get", {DUCKDB_TYPE_ANY, DUCKDB_TYPE_VARCHAR}, TypeId::kJson,
                    guarded<json_values<false>>));
  SLUICE_TRY(define("sluice_json_text", {DUCKDB_TYPE_ANY, DUCKDB_TYPE_VARCHAR}, TypeId::kVarchar,
                    guarded<json_values<true>>));
  return define("sluice_get_json_object", {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR},
                TypeId::kVarchar, guarded<json_objects>);
}

Result<std::string> from_json_function(DuckdbSession& session, const Type& type) {
  DatabaseFacts& facts = *session.facts();
  const auto zone = facts.zone.get();
  // The name is part of SQL that is kept and compared, so it is made of what it means alone. DuckDB
  // ignores the case of names, but not that of fields.
  const std::string name = "sluice_from_json_" + hash_text(type.to_string() + " " + zone->name());
  auto function = std::make_shared<FromJson>();
  function->type = type;
  SLUICE_ASSIGN(function->decoder, formats::make_spark_json_decoder(type, zone));
  const std::lock_guard lock(facts.mutex);
  if (!facts.made_to_order.insert(name).second) return name;
  SLUICE_TRY(
      register_function(session, {.name = name.c_str(),
                                  .arguments = types_of({DUCKDB_TYPE_VARCHAR}),
                                  .returned = make_logical_type(type),
                                  .code = guarded<from_json_values>,
                                  .extra = new std::shared_ptr<FromJson>(std::move(function)),
                                  .delete_extra = destroy<std::shared_ptr<FromJson>>,
                                  .start = start_from_json}));
  return name;
}

}  // namespace sluice::sql
