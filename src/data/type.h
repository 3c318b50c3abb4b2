#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"

namespace sluice::data {

/// The types a column can have; DuckDB's names. kJson is text that holds a JSON value. kOther is a
/// type that views may compute with but that no connector or format knows (ENUM, BIT, ...).
enum class TypeId : unsigned char {
  kBoolean,
  kTinyint,
  kSmallint,
  kInteger,
  kBigint,
  kHugeint,
  kUtinyint,
  kUsmallint,
  kUinteger,
  kUbigint,
  kReal,
  kDouble,
  kDecimal,
  kVarchar,
  kBlob,
  kJson,
  kUuid,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kInterval,
  kStruct,
  kList,
  kMap,
  kOther,
};

/// VARCHAR, and JSON, which is text.
inline bool is_text(TypeId id) { return id == TypeId::kVarchar || id == TypeId::kJson; }

struct Field;

/// A column's type. A value: copy it, compare it.
class Type {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `Type t = TypeId::kBigint;` reads well.
  Type(TypeId id = TypeId::kVarchar);  // defined below, where Field is complete

  /// REQUIRES: 1 <= width <= 38 digits, of which 0 <= scale <= width after the point.
  static Type decimal(int width, int scale);
  static Type structure(std::vector<Field> fields);
  static Type list(Type element);
  static Type map(Type key, Type value);
  /// A type known by its DuckDB name only.
  static Type other(std::string name);

  /// Reads SQL text: BIGINT, INT, DECIMAL(22,12), STRUCT(a INTEGER, b VARCHAR[]), MAP(VARCHAR,
  /// DOUBLE), INTEGER[]; names in any case, with DuckDB's and Spark's aliases (STRING, LONG, ...).
  /// kUser error with the nearest known name otherwise.
  static Result<Type> parse(std::string_view text);

  /// The SQL text; parse(to_string()) gives the same type.
  std::string to_string() const;

  TypeId id() const { return id_; }
  int width() const { return width_; }
  int scale() const { return scale_; }
  /// STRUCT: its fields. LIST: one field `element`. MAP: `key` and `value`. Else empty.
  const std::vector<Field>& children() const { return children_; }

  bool operator==(const Type& other) const;

 private:
  TypeId id_;
  int width_ = 0;
  int scale_ = 0;
  std::vector<Field> children_;
  std::string name_;  // of kOther
};

/// A named column. Every column may be NULL.
struct Field {
  std::string name;
  Type type;
  bool operator==(const Field&) const = default;
};

inline Type::Type(TypeId id) : id_(id) {}

/// The columns of a table, in order.
class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<Field> fields) : fields_(std::move(fields)) {}

  const std::vector<Field>& fields() const { return fields_; }
  std::size_t size() const { return fields_.size(); }
  const Field& operator[](std::size_t index) const { return fields_[index]; }
  void add(Field field) { fields_.push_back(std::move(field)); }

  /// Reads columns as CREATE TABLE has them between its brackets, over several lines: `id BIGINT,
  /// "unit price" DECIMAL(18,2)`; what follows -- on a line is a comment. kUser: "line 3: ...".
  static Result<Schema> parse(std::string_view text);

  /// Index of the column `name` (case-insensitive, as SQL is), or -1.
  int find(std::string_view name) const;

  /// `a BIGINT, b VARCHAR`, names quoted where SQL needs it.
  std::string to_string() const;

  bool operator==(const Schema&) const = default;

 private:
  std::vector<Field> fields_;
};

/// `name` as a SQL identifier: "na""me". Always quoted.
std::string quote_identifier(std::string_view name);
/// `text` as a SQL string literal: 'te''xt'.
std::string quote_literal(std::string_view text);

}  // namespace sluice::data
