#include "engine/accounting.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

BatchProgress batch_of(const std::string& end_offset) {
  BatchProgress batch;
  batch.batch = 7;
  batch.sources.push_back(
      {.name = "in", .rows = 3, .dead_letters = 1, .start_offset = "1", .end_offset = end_offset});
  return batch;
}

TEST(BatchNotes, SayWhatABatchWasMadeOf) {
  EXPECT_EQ(batch_notes(batch_of(R"({"0":4})")),
            R"({"batch":7,"sources":{"in":{"dead_letters":1,"end":{"0":4},"rows":3,"start":1}}})");
}

TEST(BatchNotes, LeaveOutWhatWouldFillALog) {
  const std::string files = "[\"" + std::string(2000, 'f') + "\"]";
  EXPECT_EQ(batch_notes(batch_of(files)),
            R"({"batch":7,"sources":{"in":{"dead_letters":1,"end":null,"rows":3,"start":1}}})");
}

TEST(BatchNotes, NameColumnsThatASinkLeavesOut) {
  BatchProgress batch = batch_of("1");
  batch.sinks = {{.name = "out", .left_out = {"w", "s.b"}}, {.name = "other"}};
  EXPECT_NE(batch_notes(batch).find(R"("sinks":{"out":{"columns_left_out":["w","s.b"]}})"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::engine
