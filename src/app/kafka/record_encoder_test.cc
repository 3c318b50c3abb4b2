#include "app/kafka/record_encoder.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

#include "app/kafka/chosen_format.h"

namespace sluice::app {
namespace {

using connectors::kafka::OutgoingRecord;
using connectors::kafka::RecordFeed;

class Encoding : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(file_) << R"({"type": "record", "name": "R", "fields": [
      {"name": "n", "type": "int"},
      {"name": "u", "type": ["null", "string", {"type": "array", "items": "int"}]}]})";
    RecordFormat format;
    format.format = "avro";
    format.schema_file = file_;
    auto made = RecordEncoder::make(**chosen_format(format), "topic", *files_);
    ASSERT_TRUE(made) << made.error().message();
    encoder_ = *std::move(made);
  }
  void TearDown() override { std::remove(file_.c_str()); }

  /// Gives `lines` one by one, and counts how many were asked for; the last may be an error.
  RecordFeed rows(std::vector<std::string> lines, std::string error = "") {
    return [this, lines = std::move(lines),
            error = std::move(error)](OutgoingRecord& record) -> Result<bool> {
      if (asked_ == lines.size()) {
        if (!error.empty()) return user_error(error);
        return false;
      }
      record.value = lines[asked_++];
      record.line = asked_;
      return true;
    };
  }

  RecordFeed encoded(RecordFeed rows, bool has_more = true) {
    return encoded_feed(
        std::move(rows), *encoder_, [has_more] { return has_more; },
        [](Error error, std::int64_t given) {
          return std::move(error).with("after " + std::to_string(given));
        });
  }

  /// Each value in hexadecimal, or an error's message at the end.
  static std::string all(const RecordFeed& feed) {
    std::string text;
    OutgoingRecord record;
    while (true) {
      auto more = feed(record);
      if (!more) return text + more.error().message();
      if (!*more) return text;
      for (const char c : *record.value) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
        text += digits;
      }
      text += ' ';
    }
  }

  const std::string file_ = testing::TempDir() + "record_encoder_test.avsc";
  const std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::unique_ptr<RecordEncoder> encoder_;
  std::size_t asked_ = 0;
};

TEST_F(Encoding, RowsBecomeValues) {
  EXPECT_EQ(all(encoded(rows({R"({"n": 1})", R"({"u": {"member0": "x"}, "n": -1})",
                              R"({"n": 2, "u": {"member1": [3]}})"}))),
            "0200 01020278 0404020600 ");
}

TEST_F(Encoding, UnionHasOneMember) {
  EXPECT_NE(all(encoded(rows({R"({"n": 1, "u": {"member0": "x", "member1": [3]}})"})))
                .find("two members of a union have a value"),
            std::string::npos);
  asked_ = 0;
  EXPECT_NE(all(encoded(rows({R"({"n": 1, "u": {"member0": null}})"})))
                .find("no member of a union has a value"),
            std::string::npos);
}

TEST_F(Encoding, RowsBeforeABadOneAreGiven) {
  EXPECT_EQ(all(encoded(rows({R"({"n": 1})", R"({"n": "x"})", R"({"n": 2})"}))),
            "0200 after 1: a row does not fit the avro schema: field 'n': field is a string, not "
            "INTEGER; value={\"n\": \"x\"}; line=2");
}

TEST_F(Encoding, FirstOfSeveralBadRowsIsNamed) {
  const std::string unknown = R"({"n": 1, "m": 1})";
  const std::string missing = R"({"n": null})";
  const std::string broken = "{";
  EXPECT_TRUE(all(encoded(rows({unknown, missing, broken}))).ends_with("line=1"));
  asked_ = 0;
  EXPECT_TRUE(all(encoded(rows({missing, broken, unknown}))).ends_with("line=1"));
  asked_ = 0;
  EXPECT_TRUE(all(encoded(rows({broken, unknown, missing}))).ends_with("line=1"));
}

TEST_F(Encoding, ErrorOfTheRowsComesAfterThem) {
  EXPECT_EQ(all(encoded(rows({R"({"n": 1})"}, "no more"))), "0200 no more");
}

TEST_F(Encoding, NoRowWaitsForTheNext) {
  const RecordFeed feed = encoded(rows({R"({"n": 1})", R"({"n": 2})"}), /*has_more=*/false);
  OutgoingRecord record;
  ASSERT_TRUE(*feed(record));
  EXPECT_EQ(asked_, 1U);
}

TEST_F(Encoding, ManyRowsKeepTheirOrder) {
  std::vector<std::string> lines;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    lines.push_back(R"({"n": )" + std::to_string(i % 50) + "}");
    char digits[6];
    std::snprintf(digits, sizeof digits, "%02x00 ", static_cast<unsigned>(i % 50 * 2));
    expected += digits;
  }
  EXPECT_EQ(all(encoded(rows(lines))), expected);
}

std::string refusal(const RecordFormat& format) {
  const auto chosen = chosen_format(format);
  return chosen ? "" : chosen.error().message();
}

TEST(ChosenFormat, ShortOptionsAreOptions) {
  const auto chosen = chosen_format({"avro: {subject: s}", "a.avsc", "http://r", ""});
  ASSERT_TRUE(chosen && *chosen);
  const ConfigValue::Entry& avro = (*chosen)->entries()[0];
  EXPECT_EQ(avro.key, "avro");
  ASSERT_EQ(avro.value.entries().size(), 3U);
  EXPECT_EQ(avro.value.find("schema_file")->text(), "a.avsc");
  EXPECT_EQ(avro.value.find("registry")->text(), "http://r");
}

TEST(ChosenFormat, NothingIsChosen) {
  const auto chosen = chosen_format({});
  ASSERT_TRUE(chosen);
  EXPECT_FALSE(*chosen);
}

TEST(ChosenFormat, SaysWhatIsWrong) {
  EXPECT_EQ(refusal({"", "a.avsc", "", ""}),
            "--schema is an option of a format; name it, too: --format avro or protobuf");
  EXPECT_EQ(refusal({"avo", "", "", ""}),
            "--format: there is no format 'avo'; did you mean 'avro'?");
  EXPECT_EQ(refusal({"avro: {registry: http://r}", "", "http://r", ""}),
            "--format has the option 'registry', which is --registry, too; remove one of the two");
  EXPECT_NE(refusal({"[avro]", "", "", ""}).find("takes one format"), std::string::npos);
  EXPECT_NE(refusal({"avro: 7", "", "", ""}).find("takes one format"), std::string::npos);
  EXPECT_NE(refusal({"avro: {", "", "", ""}).find("--format:1:"), std::string::npos);
}

}  // namespace
}  // namespace sluice::app
