#include "base/border.h"

#include <new>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/thread.h"

namespace sluice {
namespace {

template <class Exception>
Error error_of(const Exception& exception) {
  auto done = at_border("read the file", [&]() -> Result<int> { throw exception; });
  EXPECT_FALSE(done);
  return std::move(done).error();
}

TEST(Border, ResultsPass) {
  EXPECT_EQ(*at_border("x", []() -> Result<int> { return 7; }), 7);
  const Status failed = at_border("x", []() -> Status { return transient_error("later"); });
  EXPECT_EQ(failed.error().kind(), Kind::kTransient);
  EXPECT_EQ(failed.error().message(), "later");
}

TEST(Border, OutOfMemoryHasItsNameAndWaysOut) {
  const Error error = error_of(std::bad_alloc());
  EXPECT_EQ(error.kind(), Kind::kUser);
  EXPECT_TRUE(error.message().starts_with("E_OUT_OF_MEMORY: read the file: ")) << error.message();
  EXPECT_NE(error.message().find("max_bytes_per_trigger"), std::string::npos);
}

TEST(Border, ALibrarysExceptionIsNamed) {
  auto done = at_border("read the file", []() -> Status {
    static_cast<void>(nlohmann::json::parse("[1").at(0));
    return {};
  });
  ASSERT_FALSE(done);
  const Error& error = done.error();
  EXPECT_EQ(error.kind(), Kind::kInternal);
  EXPECT_TRUE(
      error.message().starts_with("E_EXCEPTION: read the file: [json.exception.parse_error"))
      << error.message();
}

TEST(Border, AnErrnoDecidesTheKind) {
  const Error full = error_of(std::system_error(ENOSPC, std::generic_category(), "write"));
  EXPECT_EQ(full.kind(), Kind::kTransient);
  const Error denied = error_of(std::system_error(EACCES, std::generic_category(), "write"));
  EXPECT_EQ(denied.kind(), Kind::kUser);
  EXPECT_EQ(denied.message(), "read the file: write: Permission denied");
}

TEST(Border, WhatIsNoExceptionIsCaughtToo) { EXPECT_EQ(error_of(42).kind(), Kind::kInternal); }

TEST(Thread, AnExceptionGoesToWhoCanSayIt) {
  std::string said;
  start_thread(
      "worker", [](const std::stop_token&) { throw std::bad_alloc(); },
      [&](const Error& error) { said = error.message(); })
      .join();
  EXPECT_TRUE(said.starts_with("E_OUT_OF_MEMORY: worker: ")) << said;
}

TEST(Thread, WithoutAnExceptionNobodyIsCalled) {
  bool ran = false;
  bool failed = false;
  start_thread(
      "worker", [&](const std::stop_token&) { ran = true; }, [&](const Error&) { failed = true; })
      .join();
  EXPECT_TRUE(ran);
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace sluice
