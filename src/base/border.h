#pragma once

#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sluice/base/result.h"

namespace sluice {

/// Begins what thrown_error() says of exceptions that nobody expected.
inline constexpr std::string_view kExceptionCode = "E_EXCEPTION";

/// The exception that is being handled, as an error of `where`: kUser E_OUT_OF_MEMORY when memory
/// has run out, the system's kind for a std::system_error, else kInternal E_EXCEPTION.
/// REQUIRES: called inside a catch.
Error thrown_error(std::string_view where);

/// The same of what code of the program threw that runs sluice as a library: kUser with its text.
Error thrown_by_program(std::string_view where);

/// Calls `call`, which returns a Result; what it throws becomes an error of `where`.
///
/// Sluice itself throws nothing, but libraries and the standard library do. Their exceptions end
/// where nobody is above who could take them: in each public function, at the top of each thread
/// (base/thread.h) and in what a C library calls. STYLE.md ("Errors") has the list, and
/// tools/check_borders.py keeps it. In between they unwind: destructors must take back what they
/// hold. Public functions that give no Result turn what they are given into text, and throw
/// std::bad_alloc at most.
template <class Call>
std::invoke_result_t<Call> at_border(std::string_view where, Call&& call) {
  try {
    return std::invoke(std::forward<Call>(call));
  } catch (...) {
    return thrown_error(where);
  }
}

/// The same around code of the program that runs sluice as a library: its connectors, functions.
template <class Call>
std::invoke_result_t<Call> at_program(std::string_view where, Call&& call) {
  try {
    return std::invoke(std::forward<Call>(call));
  } catch (...) {
    return thrown_by_program(where);
  }
}

}  // namespace sluice
