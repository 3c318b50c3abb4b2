#include "io/bridge_error.h"

#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

namespace sluice::io {
namespace {

template <class Exception>
Error error_of(const Exception& exception) {
  auto done = bridge_call("read path=x", [&]() -> int { throw exception; });
  EXPECT_FALSE(done);
  return std::move(done).error();
}

TEST(BridgeCall, AnErrorOfRustHasItsKind) {
  const Error error = error_of(std::runtime_error("unknown_outcome: the connection broke"));
  EXPECT_EQ(error.kind(), Kind::kUnknownOutcome);
  EXPECT_EQ(error.message(), "read path=x: the connection broke");
}

TEST(BridgeCall, OutOfMemoryHasItsName) {
  const Error error = error_of(std::bad_alloc());
  EXPECT_TRUE(error.message().starts_with("E_OUT_OF_MEMORY: read path=x: ")) << error.message();
}

TEST(BridgeCall, TextThatRustCannotTakeIsTheUsers) {
  const Error error = error_of(std::invalid_argument("data for rust::Str is not utf-8"));
  EXPECT_EQ(error.kind(), Kind::kUser);
  EXPECT_EQ(error.message(), "read path=x: a path or a name in it is not UTF-8");
}

}  // namespace
}  // namespace sluice::io
