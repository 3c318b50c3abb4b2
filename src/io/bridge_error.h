#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/border.h"
#include "sluice/base/result.h"

namespace sluice::io {

/// An error of the Rust bridge, whose text begins with a code (rust/src/failure.rs), as one of ours
/// with `what` in front.
Error bridge_error(std::string_view what, std::string_view text);

/// Runs a call of the bridge: cxx turns an Err of Rust's into an exception, which ends here. So
/// does what the making of its arguments throws: texts that are not UTF-8 (kUser), no memory.
template <class Call>
auto bridge_call(std::string_view what, Call&& call)
    -> Result<decltype(std::forward<Call>(call)())> {
  try {
    if constexpr (std::is_void_v<decltype(std::forward<Call>(call)())>) {
      std::forward<Call>(call)();
      return {};
    } else {
      return std::forward<Call>(call)();
    }
  } catch (const std::bad_alloc&) {
    return thrown_error(what);
  } catch (const std::invalid_argument&) {
    // Of rust::Str and rust::String.
    return user_error(std::string(what) + ": a path or a name in it is not UTF-8");
  } catch (const std::exception& error) {
    return bridge_error(what, error.what());
  }
}

}  // namespace sluice::io
