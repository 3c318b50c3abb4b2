#include "data/type.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace sluice::data {

namespace {

constexpr int kDecimalWidthMax = 38;

// In the order of TypeId.
constexpr std::array<std::string_view, 25> kNames = {
    "BOOLEAN",   "TINYINT",  "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",   "UTINYINT",
    "USMALLINT", "UINTEGER", "UBIGINT",  "REAL",    "DOUBLE", "DECIMAL",   "VARCHAR",
    "BLOB",      "JSON",     "UUID",     "DATE",    "TIME",   "TIMESTAMP", "TIMESTAMPTZ",
    "INTERVAL",  "STRUCT",   "LIST",     "MAP"};

// Words that SQL does not take as a bare column name, sorted.
constexpr auto kReservedWords = std::to_array<std::string_view>(
    {"all",           "analyse",     "analyze",   "and",        "anti",         "any",
     "array",         "as",          "asc",       "asof",       "asymmetric",   "at",
     "authorization", "binary",      "both",      "by",         "case",         "cast",
     "check",         "collate",     "collation", "column",     "concurrently", "constraint",
     "create",        "cross",       "default",   "deferrable", "desc",         "describe",
     "distinct",      "do",          "else",      "end",        "except",       "false",
     "fetch",         "for",         "foreign",   "freeze",     "from",         "full",
     "glob",          "group",       "having",    "ilike",      "in",           "initially",
     "inner",         "intersect",   "into",      "is",         "isnull",       "join",
     "lambda",        "lateral",     "leading",   "left",       "like",         "limit",
     "natural",       "not",         "notnull",   "null",       "offset",       "on",
     "only",          "or",          "order",     "outer",      "overlaps",     "pivot",
     "pivot_longer",  "pivot_wider", "placing",   "positional", "primary",      "qualify",
     "references",    "returning",   "right",     "select",     "semi",         "show",
     "similar",       "some",        "summarize", "symmetric",  "table",        "tablesample",
     "then",          "to",          "trailing",  "true",       "union",        "unique",
     "unpack",        "unpivot",     "using",     "variadic",   "verbose",      "when",
     "where",         "window",      "with",      "within"});
static_assert(std::is_sorted(kReservedWords.begin(), kReservedWords.end()));

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string quote(std::string_view text, char mark) {
  std::string quoted(1, mark);
  for (const char c : text) {
    if (c == mark) quoted += mark;
    quoted += c;
  }
  quoted += mark;
  return quoted;
}

bool is_bare_identifier(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  std::string word;
  for (const char c : name) {
    const char l = lower(c);
    if (!((l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    word += l;
  }
  return !std::binary_search(kReservedWords.begin(), kReservedWords.end(), word);
}

std::string fields_text(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    if (!text.empty()) text += ", ";
    text += is_bare_identifier(field.name) ? field.name : quote_identifier(field.name);
    text += ' ';
    text += field.type.to_string();
  }
  return text;
}

}  // namespace

Type Type::decimal(int width, int scale) {
  SLUICE_CHECK(width >= 1 && width <= kDecimalWidthMax && scale >= 0 && scale <= width);
  Type type(TypeId::kDecimal);
  type.width_ = width;
  type.scale_ = scale;
  return type;
}

Type Type::structure(std::vector<Field> fields) {
  Type type(TypeId::kStruct);
  type.children_ = std::move(fields);
  return type;
}

Type Type::list(Type element) {
  Type type(TypeId::kList);
  type.children_.push_back({"element", std::move(element)});
  return type;
}

Type Type::map(Type key, Type value) {
  Type type(TypeId::kMap);
  type.children_.push_back({"key", std::move(key)});
  type.children_.push_back({"value", std::move(value)});
  return type;
}

Type Type::other(std::string name) {
  Type type(TypeId::kOther);
  type.name_ = std::move(name);
  return type;
}

std::string Type::to_string() const {
  switch (id_) {
    case TypeId::kOther:
      return name_;
    case TypeId::kDecimal:
      return "DECIMAL(" + std::to_string(width_) + "," + std::to_string(scale_) + ")";
    case TypeId::kStruct:
      return "STRUCT(" + fields_text(children_) + ")";
    case TypeId::kList:
      return children_[0].type.to_string() + "[]";
    case TypeId::kMap:
      return "MAP(" + children_[0].type.to_string() + ", " + children_[1].type.to_string() + ")";
    default:
      return std::string(kNames[static_cast<std::size_t>(id_)]);
  }
}

bool Type::operator==(const Type& other) const {
  return id_ == other.id_ && width_ == other.width_ && scale_ == other.scale_ &&
         name_ == other.name_ && children_ == other.children_;
}

int Schema::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (same_name(fields_[i].name, name)) return static_cast<int>(i);
  }
  return -1;
}

std::string Schema::to_string() const { return fields_text(fields_); }

std::string quote_identifier(std::string_view name) { return quote(name, '"'); }

std::string quote_literal(std::string_view text) { return quote(text, '\''); }

}  // namespace sluice::data
