#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "sluice/base/error.h"

namespace sluice {

/// A value or an Error, with the member names of std::expected. The compiler complains when either
/// is dropped. Reading the value of a failed result is a bug and undefined.
template <class T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return value;` must read as a return.
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  /// What becomes a value by itself: `return std::make_unique<Derived>();`.
  template <class Other>
    requires(std::is_convertible_v<Other, T> && !std::is_same_v<std::remove_cvref_t<Other>, T> &&
             !std::is_same_v<std::remove_cvref_t<Other>, Error> &&
             !std::is_same_v<std::remove_cvref_t<Other>, Result>)
  // NOLINTNEXTLINE(google-explicit-constructor): as above.
  Result(Other&& other) : content_(std::in_place_index<0>, std::forward<Other>(other)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `return error;` must read as a return.
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return *std::get_if<0>(&content_); }
  const T& operator*() const& { return *std::get_if<0>(&content_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&content_)); }
  T* operator->() { return std::get_if<0>(&content_); }
  const T* operator->() const { return std::get_if<0>(&content_); }

  const Error& error() const& { return *std::get_if<1>(&content_); }
  Error&& error() && { return std::move(*std::get_if<1>(&content_)); }

 private:
  std::variant<T, Error> content_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): `return error;` must read as a return.
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }

  // NOLINTBEGIN(bugprone-unchecked-optional-access): the caller has tested has_value().
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }
  // NOLINTEND(bugprone-unchecked-optional-access)

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

#define SLUICE_CONCAT_INNER(a, b) a##b
#define SLUICE_CONCAT(a, b) SLUICE_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Result) to the caller, or goes on.
#define SLUICE_TRY(expression)                               \
  do {                                                       \
    if (auto sluice_result = (expression); !sluice_result) { \
      return std::move(sluice_result).error();               \
    }                                                        \
  } while (false)

/// `SLUICE_ASSIGN(auto rows, count_rows())`: the value, or the error to the caller.
#define SLUICE_ASSIGN(declaration, expression) \
  SLUICE_ASSIGN_INNER(SLUICE_CONCAT(sluice_result_, __LINE__), declaration, expression)
#define SLUICE_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                \
  if (!result) return std::move(result).error();             \
  declaration = *std::move(result)

}  // namespace sluice
