#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "sluice/arrow_values.h"
#include "sluice/base/result.h"

/// Functions of a program's own, which SQL of its pipelines calls like those of sluice
/// (docs/guide/cpp.md):
///
///   sluice::add_function("net", [](double price, double rate) { return price * (1 - rate); });
///
///   views: {totals: SELECT shop, sum(net(price, rate)) AS net FROM sales GROUP BY shop}
///
/// The same arguments must give the same value: a function may be called more than once for a row,
/// or not at all where nobody needs its value. Several threads may call it at the same time. What
/// it throws ends the pipeline that called it (E_FUNCTION_FAILED), whose next start does the batch
/// again.

namespace sluice {

/// Gets columns of as many rows each and fills `result` with a column of as many, by Arrow's C data
/// interface (include/sluice/function.h says how, arrow_values.h helps). The columns are gone after
/// the call; what is in `result` is released once it is read.
using ArrowFunction =
    std::function<Status(std::span<const ArrowArray* const> columns, ArrowArray& result)>;

struct FunctionDeclaration {
  std::string name;                    ///< as SQL calls it; letters, digits and _
  std::vector<std::string> arguments;  ///< their types: "DOUBLE", "DECIMAL(18,2)"
  std::string returns;                 ///< as well; also lists and structs: "STRUCT(a BIGINT)[]"
  ArrowFunction code;
};

/// Makes the function known to all pipelines of this process that start from now on. Any thread may
/// call. kUser: no such name or type, or the program has a function of that name. A name that
/// DuckDB or Spark has, or that is a reserved word, is an error of the pipelines that start.
Status add_function(FunctionDeclaration declaration);

/// The function that calls `code` for each row, with types of SQL for its own: BOOLEAN for bool,
/// TINYINT to BIGINT and UTINYINT to UBIGINT for the integers of std::int8_t to std::uint64_t, REAL
/// for float, DOUBLE for double, VARCHAR for std::string_view and std::string (UTF-8). A row with a
/// NULL gives NULL without a call, but for arguments that are std::optional; a result that is
/// std::optional may be NULL. `code` is a lambda, a function or an object whose operator() is const
/// and no template.
template <class Code>
Status add_function(std::string name, Code code);

/// The same for code that returns a std::vector of std::tuple: rows with these columns. SQL makes
/// rows of them by `SELECT id, unnest(words(text), max_depth := 2) FROM lines`.
/// A row with a NULL has none.
template <class Code>
Status add_table_function(std::string name, const std::vector<std::string>& columns, Code code);

// What follows is not for reading on the way to a first program.

namespace arrow {

/// T without its std::optional.
template <class T>
struct Plain {
  using Type = T;
  static constexpr bool kCanBeNull = false;
};
template <class T>
struct Plain<std::optional<T>> {
  using Type = T;
  static constexpr bool kCanBeNull = true;
};

template <class T>
std::string sql_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return "BOOLEAN";
  } else if constexpr (std::is_integral_v<T>) {
    constexpr const char* kNames[] = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"};
    constexpr int kNumber = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    std::string name = std::is_unsigned_v<T> ? "U" : "";
    name += kNames[kNumber];
    return name;
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) <= sizeof(double), "SQL has REAL and DOUBLE");
    return sizeof(T) == sizeof(float) ? "REAL" : "DOUBLE";
  } else {
    static_assert(std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>,
                  "SQL has no type for this argument or result: take bool, an integer, float, "
                  "double, std::string_view, std::string, or std::optional of one");
    return "VARCHAR";
  }
}

/// What is asked of a callable.
template <class Code>
struct Signature : Signature<decltype(&Code::operator())> {};
template <class Returned, class... Given>
struct Signature<Returned (*)(Given...)> {
  static_assert(!std::is_void_v<Returned>, "a function needs a result");
  using Return = std::remove_cvref_t<Returned>;
  using Arguments = std::tuple<std::remove_cvref_t<Given>...>;
};
template <class Code, class Returned, class... Given>
struct Signature<Returned (Code::*)(Given...)> : Signature<Returned (*)(Given...)> {
  static_assert(!std::is_same_v<Code, Code>,
                "operator() must be const (a lambda not mutable): several threads call it");
};
template <class Code, class Returned, class... Given>
struct Signature<Returned (Code::*)(Given...) const> : Signature<Returned (*)(Given...)> {};
template <class Returned, class... Given>
struct Signature<Returned (*)(Given...) noexcept> : Signature<Returned (*)(Given...)> {};
template <class Code, class Returned, class... Given>
struct Signature<Returned (Code::*)(Given...) noexcept> : Signature<Returned (Code::*)(Given...)> {
};
template <class Code, class Returned, class... Given>
struct Signature<Returned (Code::*)(Given...) const noexcept> : Signature<Returned (*)(Given...)> {
};

/// One argument, row by row.
template <class T>
class Argument {
 public:
  explicit Argument(const ArrowArray& array) : values_(array) {}
  bool is_missing(std::int64_t row) const { return !Plain<T>::kCanBeNull && values_.is_null(row); }
  T at(std::int64_t row) const {
    if constexpr (Plain<T>::kCanBeNull) {
      if (values_.is_null(row)) return std::nullopt;
    }
    if constexpr (kIsText) return typename Plain<T>::Type(values_[row]);
    if constexpr (!kIsText) return values_[row];
  }

 private:
  static constexpr bool kIsText = std::is_same_v<typename Plain<T>::Type, std::string>;
  ArrowValues<std::conditional_t<kIsText, std::string_view, typename Plain<T>::Type>> values_;
};

/// Calls `take` with a pointer to the result for each row, or null where an argument is missing.
template <class Arguments, std::size_t... I, class Code, class Take>
void each_row(std::span<const ArrowArray* const> columns, std::index_sequence<I...>,
              const Code& code, std::int64_t rows, const Take& take) {
  const std::tuple<Argument<std::tuple_element_t<I, Arguments>>...> arguments{
      Argument<std::tuple_element_t<I, Arguments>>(*columns[I])...};
  for (std::int64_t row = 0; row < rows; ++row) {
    if ((std::get<I>(arguments).is_missing(row) || ...)) {
      take(nullptr);
    } else {
      const auto result = code(std::get<I>(arguments).at(row)...);
      take(&result);
    }
  }
}

/// Those of a tuple's types.
template <class Tuple, std::size_t... I>
std::vector<std::string> sql_types(std::index_sequence<I...>) {
  return {sql_type<typename Plain<std::tuple_element_t<I, Tuple>>::Type>()...};
}

/// STRUCT(...)[]. REQUIRES: as many names as types.
inline std::string table_type(const std::vector<std::string>& names,
                              const std::vector<std::string>& types) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += i == 0 ? "STRUCT(\"" : ", \"";
    for (const char c : names[i]) text += c == '"' ? "\"\"" : std::string(1, c);
    text += "\" " + types[i];
  }
  return text + ")[]";
}

/// As give_values takes it.
template <class T>
using Given = std::conditional_t<std::is_same_v<typename Plain<T>::Type, std::string_view>,
                                 std::string, typename Plain<T>::Type>;
template <class T>
std::optional<Given<T>> given(const T& value) {
  if constexpr (Plain<T>::kCanBeNull) {
    return value ? std::optional<Given<T>>(Given<T>(*value)) : std::nullopt;
  } else {
    return Given<T>(value);
  }
}

template <std::size_t column, class Row>
void give_column(const std::vector<Row>& rows, ArrowArray& result) {
  std::vector<std::optional<Given<std::tuple_element_t<column, Row>>>> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(given(std::get<column>(row)));
  give_values(values, result);
}

template <class Row, std::size_t... I>
void give_rows(const std::vector<std::int32_t>& counts, const std::vector<Row>& rows,
               std::index_sequence<I...>, ArrowArray& result) {
  auto columns = std::make_unique<Children>(std::vector<ArrowArray>(sizeof...(I)));
  (give_column<I>(rows, columns->arrays[I]), ...);
  give_lists(counts, std::move(columns), result);
}

}  // namespace arrow

template <class Code>
Status add_function(std::string name, Code code) {
  using Arguments = typename arrow::Signature<Code>::Arguments;
  using Value = typename arrow::Signature<Code>::Return;
  constexpr auto kAll = std::make_index_sequence<std::tuple_size_v<Arguments>>();
  static_assert(std::tuple_size_v<Arguments> > 0, "a function needs an argument");
  FunctionDeclaration declaration;
  declaration.name = std::move(name);
  declaration.arguments = arrow::sql_types<Arguments>(kAll);
  declaration.returns = arrow::sql_type<typename arrow::Plain<Value>::Type>();
  declaration.code = [code = std::make_shared<const Code>(std::move(code)), kAll](
                         std::span<const ArrowArray* const> columns, ArrowArray& result) -> Status {
    std::vector<std::optional<arrow::Given<Value>>> values;
    values.reserve(static_cast<std::size_t>(columns[0]->length));
    arrow::each_row<Arguments>(columns, kAll, *code, columns[0]->length, [&](const Value* value) {
      if (value == nullptr) {
        values.push_back(std::nullopt);
      } else {
        values.push_back(arrow::given(*value));
      }
    });
    give_values(values, result);
    return {};
  };
  return add_function(std::move(declaration));
}

template <class Code>
Status add_table_function(std::string name, const std::vector<std::string>& columns, Code code) {
  using Arguments = typename arrow::Signature<Code>::Arguments;
  using Rows = typename arrow::Signature<Code>::Return;
  using Row = typename Rows::value_type;
  constexpr auto kAll = std::make_index_sequence<std::tuple_size_v<Arguments>>();
  constexpr auto kColumns = std::make_index_sequence<std::tuple_size_v<Row>>();
  static_assert(std::tuple_size_v<Arguments> > 0, "a function needs an argument");
  static_assert(std::tuple_size_v<Row> > 0, "a table needs a column");
  if (columns.size() != std::tuple_size_v<Row>) {
    return user_error("function '" + name + "' has " + std::to_string(std::tuple_size_v<Row>) +
                      " columns, and names for " + std::to_string(columns.size()));
  }
  FunctionDeclaration declaration;
  declaration.name = std::move(name);
  declaration.arguments = arrow::sql_types<Arguments>(kAll);
  declaration.returns = arrow::table_type(columns, arrow::sql_types<Row>(kColumns));
  declaration.code = [code = std::make_shared<const Code>(std::move(code)), kAll, kColumns](
                         std::span<const ArrowArray* const> given, ArrowArray& result) -> Status {
    std::vector<std::int32_t> counts;
    Rows all;
    arrow::each_row<Arguments>(given, kAll, *code, given[0]->length, [&](const Rows* rows) {
      counts.push_back(rows == nullptr ? 0 : static_cast<std::int32_t>(rows->size()));
      if (rows != nullptr) all.insert(all.end(), rows->begin(), rows->end());
    });
    arrow::give_rows(counts, all, kColumns, result);
    return {};
  };
  return add_function(std::move(declaration));
}

}  // namespace sluice
