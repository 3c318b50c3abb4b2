#pragma once

#include <exception>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace sluice::io {

/// An error of the Rust bridge, whose text begins with a code (rust/src/failure.rs), as one of ours
/// with `what` in front.
Error bridge_error(std::string_view what, std::string_view text);

/// Runs a call of the bridge: cxx turns an Err into an exception, which ends here.
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
  } catch (const std::exception& error) {
    return bridge_error(what, error.what());
  }
}

}  // namespace sluice::io
