#include "sql/spark/spark_schema.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "sql/tree/ast.h"
#include "sql/tree/word_scan.h"

namespace sluice::sql {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 23> kTypes = {{
    {"bigint", "BIGINT"},
    {"binary", "BLOB"},
    {"boolean", "BOOLEAN"},
    {"byte", "TINYINT"},
    {"char", "VARCHAR"},
    {"date", "DATE"},
    {"dec", "DECIMAL"},
    {"decimal", "DECIMAL"},
    {"double", "DOUBLE"},
    {"float", "FLOAT"},
    {"int", "INTEGER"},
    {"integer", "INTEGER"},
    {"long", "BIGINT"},
    {"numeric", "DECIMAL"},
    {"real", "FLOAT"},
    {"short", "SMALLINT"},
    {"smallint", "SMALLINT"},
    {"string", "VARCHAR"},
    {"timestamp", "TIMESTAMPTZ"},
    {"timestamp_ltz", "TIMESTAMPTZ"},
    {"timestamp_ntz", "TIMESTAMP"},
    {"tinyint", "TINYINT"},
    {"varchar", "VARCHAR"},
}};

/// Deeper types are refused before they fill the stack.
constexpr int kDepthMax = 50;

using data::Type;

/// Reads a schema in Spark's words.
class SchemaReader {
 public:
  explicit SchemaReader(std::string_view text) : text_(text) {}

  Result<Type> read();

 private:
  Result<Type> read_fields(char end);
  Result<data::Field> read_field();
  Result<Type> read_type();
  Result<Type> read_nested(const std::string& kind);
  Result<Type> read_scalar(std::string_view type);
  Result<std::string> read_name();
  Status expect(char character);
  std::string peek_word();
  void skip_blanks();
  bool take(char character);
  bool take_word(std::string_view word);
  Error wrong(const std::string& expected) const;

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Result<Type> SchemaReader::read() {
  // One type alone, or columns.
  const std::size_t start = at_;
  const std::string first = peek_word();
  if (first == "array" || first == "map" || first == "struct") {
    at_ += first.size();
    const bool type = take('<');
    at_ = start;
    if (type) {
      SLUICE_ASSIGN(Type alone, read_type());
      skip_blanks();
      if (at_ < text_.size()) return wrong("the end");
      return alone;
    }
  }
  return read_fields('\0');
}

/// A STRUCT, up to `end`, or up to the end of the text.
Result<Type> SchemaReader::read_fields(char end) {
  std::vector<data::Field> fields;
  do {
    SLUICE_ASSIGN(data::Field field, read_field());
    if (data::Schema(fields).find(field.name) >= 0) {
      return user_error("the schema '" + std::string(text_) + "' of from_json has the field '" +
                        field.name + "' twice; SQL ignores the case of names");
    }
    fields.push_back(std::move(field));
  } while (take(','));
  if (end != '\0') {
    SLUICE_TRY(expect(end));
  } else if (at_ < text_.size()) {
    return wrong("a comma");
  }
  return Type::structure(std::move(fields));
}

Result<data::Field> SchemaReader::read_field() {
  SLUICE_ASSIGN(std::string name, read_name());
  take(':');
  SLUICE_ASSIGN(Type type, read_type());
  if (take_word("not") && !take_word("null")) return wrong("NULL");
  if (take_word("comment")) {
    SLUICE_TRY(expect('\''));
    at_ = std::min(text_.find('\'', at_), text_.size());
    SLUICE_TRY(expect('\''));
  }
  return data::Field{std::move(name), std::move(type)};
}

Result<Type> SchemaReader::read_type() {
  const std::string word = peek_word();
  if (word == "array" || word == "map" || word == "struct") return read_nested(word);
  const auto* const type = std::find_if(kTypes.begin(), kTypes.end(),
                                        [&word](const auto& entry) { return entry.first == word; });
  if (type == kTypes.end()) return wrong("a type of Spark's (INT, STRING, ARRAY<INT> ...)");
  at_ += word.size();
  return read_scalar(type->second);
}

Result<Type> SchemaReader::read_nested(const std::string& kind) {
  if (++depth_ > kDepthMax) return wrong("types that are less nested");
  at_ += kind.size();
  SLUICE_TRY(expect('<'));
  Type type;
  if (kind == "struct") {
    SLUICE_ASSIGN(type, read_fields('>'));
  } else {
    SLUICE_ASSIGN(Type first, read_type());
    if (kind == "map") {
      SLUICE_TRY(expect(','));
      SLUICE_ASSIGN(Type value, read_type());
      type = Type::map(std::move(first), std::move(value));
    } else {
      type = Type::list(std::move(first));
    }
    SLUICE_TRY(expect('>'));
  }
  --depth_;
  return type;
}

/// DECIMAL(10, 2); the length of VARCHAR(n) means nothing to DuckDB.
Result<Type> SchemaReader::read_scalar(std::string_view type) {
  std::string numbers;
  if (take('(')) {
    do {
      const std::string number = peek_word();
      if (number.empty() ||
          !std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; }))
        return wrong("a number");
      at_ += number.size();
      numbers += (numbers.empty() ? "" : ", ") + number;
    } while (take(','));
    SLUICE_TRY(expect(')'));
  }
  if (type != "DECIMAL") return Type::parse(type);
  auto decimal = Type::parse("DECIMAL(" + (numbers.empty() ? "10, 0" : numbers) + ")");
  if (!decimal) return wrong("a DECIMAL of 1 to 38 digits");
  return decimal;
}

Result<std::string> SchemaReader::read_name() {
  if (take('`')) {
    const std::size_t end = text_.find('`', at_);
    if (end == std::string_view::npos) return wrong("a closing `");
    std::string name(text_.substr(at_, end - at_));
    at_ = end + 1;
    return name;
  }
  const std::size_t size = peek_word().size();
  if (size == 0) return wrong("a column's name");
  std::string name(text_.substr(at_, size));
  at_ += size;
  return name;
}

Status SchemaReader::expect(char character) {
  if (take(character)) return {};
  return wrong(std::string("'") + character + "'");
}

/// The word that comes next, lower case.
std::string SchemaReader::peek_word() {
  skip_blanks();
  std::size_t end = at_;
  while (end < text_.size() && is_word(text_[end])) ++end;
  return lower(text_.substr(at_, end - at_));
}

void SchemaReader::skip_blanks() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
}

bool SchemaReader::take(char character) {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != character) return false;
  ++at_;
  return true;
}

bool SchemaReader::take_word(std::string_view word) {
  if (peek_word() != word) return false;
  at_ += word.size();
  return true;
}

Error SchemaReader::wrong(const std::string& expected) const {
  const std::string rest(text_.substr(at_, 20));
  return user_error("the schema '" + std::string(text_) + "' of from_json needs " + expected +
                    (rest.empty() ? " at its end" : " at '" + rest + "'"));
}

/// A schema as DuckDB's from_json takes it: {"a": "INTEGER", "b": ["VARCHAR"]}.
Result<Type> type_of_shape(const nlohmann::ordered_json& shape) {
  if (shape.is_string()) return Type::parse(shape.get<std::string>());
  if (shape.is_array() && shape.size() == 1) {
    SLUICE_ASSIGN(Type element, type_of_shape(shape[0]));
    return Type::list(std::move(element));
  }
  if (!shape.is_object() || shape.empty()) {
    return user_error("the schema of from_json holds " + shape.dump() +
                      ", which is not a type; write 'a INT, b ARRAY<STRING>'");
  }
  std::vector<data::Field> fields;
  for (const auto& [name, type] : shape.items()) {
    SLUICE_ASSIGN(Type field, type_of_shape(type));
    fields.push_back({name, std::move(field)});
  }
  return Type::structure(std::move(fields));
}

}  // namespace

Result<Type> from_json_type(std::string_view schema) {
  const std::size_t first = schema.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos ||
      std::string_view("{[\"").find(schema[first]) == std::string_view::npos) {
    return SchemaReader(schema).read();
  }
  const auto shape = nlohmann::ordered_json::parse(schema, nullptr, /*allow_exceptions=*/false);
  if (shape.is_discarded()) {
    return user_error("the schema '" + std::string(schema) +
                      "' of from_json is not JSON; write 'a INT, b ARRAY<STRING>'");
  }
  return type_of_shape(shape);
}

}  // namespace sluice::sql
