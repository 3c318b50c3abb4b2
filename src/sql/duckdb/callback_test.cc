#include "sql/duckdb/callback.h"

#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {
namespace {

void run_out_of_memory(duckdb_function_info, duckdb_data_chunk, duckdb_vector) {
  throw std::bad_alloc();
}

void fail(duckdb_function_info, duckdb_data_chunk, duckdb_vector) {
  throw std::runtime_error("who knows");
}

class CallbackTest : public testing::Test {
 protected:
  Error error_of(const std::string& sql) {
    const auto rows = session_->query(sql);
    EXPECT_FALSE(rows);
    return rows ? internal_error("") : rows.error().clone();
  }
  void define(const char* name, ScalarCode code) {
    const Status done = register_function(DuckdbSession::of(*session_), name, {DUCKDB_TYPE_BIGINT},
                                          DUCKDB_TYPE_BIGINT, code);
    EXPECT_TRUE(done) << done.error().message();
  }

  std::unique_ptr<Database> database_ = *Database::open_bare("", {});
  std::unique_ptr<Session> session_ = *database_->connect();
};

TEST_F(CallbackTest, WhatAFunctionThrowsIsTheQuerysError) {
  define("greedy", guarded<run_out_of_memory>);
  const Error error = error_of("SELECT greedy(range) FROM range(3)");
  EXPECT_EQ(error.kind(), Kind::kUser);
  EXPECT_TRUE(error.message().starts_with("E_OUT_OF_MEMORY: called by DuckDB: "))
      << error.message();
}

TEST_F(CallbackTest, WhatNobodyExpectedIsNotTheUsers) {
  define("odd", guarded<fail>);
  const Error error = error_of("SELECT odd(range) FROM range(3)");
  EXPECT_EQ(error.kind(), Kind::kInternal);
  EXPECT_TRUE(error.message().starts_with("E_EXCEPTION: called by DuckDB: who knows"))
      << error.message();
}

TEST_F(CallbackTest, TheSessionGoesOn) {
  define("odd", guarded<fail>);
  EXPECT_FALSE(session_->query("SELECT odd(1)"));
  EXPECT_EQ(**session_->value("SELECT 1"), "1");
}

}  // namespace
}  // namespace sluice::sql
