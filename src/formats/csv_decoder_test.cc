#include "formats/csv_decoder.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

// The decoder that a pipeline file with these options gets.
Result<std::unique_ptr<data::Decoder>> make(std::string_view schema,
                                            std::vector<ConfigValue::Entry> given) {
  std::vector<ConfigValue::Entry> columns;
  const DecodedColumns decoded = columns_from(schema);
  for (const data::Field& field : decoded.schema.fields()) {
    columns.push_back({field.name, {}, text(field.type.to_string())});
  }
  given.push_back({"schema", {}, ConfigValue::map(std::move(columns), {})});
  const FormatKind kind = csv_format();
  auto options = Options::validate(kind.options, ConfigValue::map(std::move(given), {}), "csv");
  if (!options) return std::move(options).error();
  const auto files = io::make_local_file_system();
  return kind.make(*options, {*files});
}

std::string decode(std::string_view schema, const std::string& record,
                   std::vector<ConfigValue::Entry> given = {}) {
  const auto decoder = make(schema, std::move(given));
  if (!decoder) return decoder.error().message();
  const Decoded decoded = decode_all(**decoder, columns_from(schema).plans, std::span(&record, 1));
  return decoded.rows.empty() ? decoded.rejects.at(0).substr(1) : decoded.rows.at(0);
}

constexpr const char* kPriced = "id INTEGER, price DECIMAL(6,2), text VARCHAR";

TEST(Csv, DecodesARecord) { EXPECT_EQ(decode(kPriced, "1,2.5,abc"), "1 | 2.50 | 'abc'"); }

TEST(Csv, EveryType) {
  EXPECT_EQ(decode("a BOOLEAN, b TINYINT, c HUGEINT, d DOUBLE, e DATE, f TIMESTAMP, g BLOB, h JSON",
                   "TRUE,-1,12345678901234567890,1e3,1970-01-02,1970-01-01T00:00:01Z,YWJj,\"[1]\""),
            "true | -1 | 12345678901234567890 | 1000 | 1 | 1000000 | 'abc' | '[1]'");
}

TEST(Csv, QuotesHoldEverything) {
  EXPECT_EQ(decode(kPriced, "1,2,\"a,b \"\"c\"\"\nd\""), "1 | 2.00 | 'a,b \"c\"\nd'");
  EXPECT_EQ(decode(kPriced, "\"1\",\"2\",\"\""), "1 | 2.00 | ''");
}

TEST(Csv, AnEmptyFieldIsNull) {
  EXPECT_EQ(decode(kPriced, ",,"), "NULL | NULL | NULL");
  EXPECT_EQ(decode("a VARCHAR", ""), "NULL");
}

TEST(Csv, NullTextMayBeAnother) {
  EXPECT_EQ(decode(kPriced, "1,NULL,\"NULL\"", {{"null_text", {}, text("NULL")}}),
            "1 | NULL | 'NULL'");
  EXPECT_EQ(decode(kPriced, "1,NULL,", {{"null_text", {}, text("NULL")}}), "1 | NULL | ''");
}

TEST(Csv, OtherCharacters) {
  EXPECT_EQ(decode(kPriced, "1;2;'a;b'", {{"delimiter", {}, text(";")}, {"quote", {}, text("'")}}),
            "1 | 2.00 | 'a;b'");
  EXPECT_EQ(decode(kPriced, "1\t2\tx", {{"delimiter", {}, text("\\t")}}), "1 | 2.00 | 'x'");
  EXPECT_EQ(decode(kPriced, R"(1,2,"a\"b\\c\d")", {{"escape", {}, text("\\")}}),
            R"(1 | 2.00 | 'a"b\c\d')");
  EXPECT_EQ(decode(kPriced, "1,2,\"a", {{"quote", {}, text("")}}), "1 | 2.00 | '\"a'");
}

TEST(Csv, TrimsWhenTold) {
  EXPECT_EQ(decode(kPriced, " 1 ,\t2,\" x \"", {{"trim", {}, text("true")}}), "1 | 2.00 | ' x '");
  EXPECT_EQ(decode(kPriced, " 1,2,x"), " id: text is not a number for INTEGER");
}

TEST(Csv, ColumnsInFileMapsByName) {
  const auto names =
      ConfigValue::list({text("text"), text("other"), text("id"), text("price")}, {});
  EXPECT_EQ(decode(kPriced, "x,ignored,1,2", {{"columns_in_file", {}, names}}), "1 | 2.00 | 'x'");
  const auto missing = ConfigValue::list({text("ID"), text("text")}, {});
  EXPECT_NE(
      decode(kPriced, "", {{"columns_in_file", {}, missing}}).find("does not name the column"),
      std::string::npos);
}

TEST(Csv, Rejects) {
  EXPECT_EQ(decode(kPriced, "1,2"), ": record has too few fields for the schema's 3 columns");
  EXPECT_EQ(decode(kPriced, "1,2,3,4"), ": record has too many fields for the schema's 3 columns");
  EXPECT_EQ(decode(kPriced, ""), ": record is empty");
  EXPECT_EQ(decode(kPriced, "1,2,\"x").substr(0, 25), ": record is not valid CSV");
  EXPECT_EQ(decode(kPriced, "1,2,\"x\"y").substr(0, 25), ": record is not valid CSV");
  EXPECT_EQ(decode(kPriced, "1,2,\xff"), ": record is not valid UTF-8");
  EXPECT_EQ(decode(kPriced, "x,2,y"), " id: text is not a number for INTEGER");
  EXPECT_EQ(decode(kPriced, "99999999999,2,y"), " id: number does not fit INTEGER");
  EXPECT_EQ(decode(kPriced, "1,12345,y"), " price: number does not fit DECIMAL(6,2)");
}

TEST(Csv, OnErrorNullKeepsTheRecord) {
  EXPECT_EQ(decode(kPriced, "x,1.5,y", {{"on_error", {}, text("null")}}), "NULL | 1.50 | 'y'");
}

TEST(Csv, RefusesTypesAndCharactersItCannotRead) {
  EXPECT_NE(decode("a INTEGER[]", "").find("CSV has no text for INTEGER[]"), std::string::npos);
  EXPECT_NE(decode(kPriced, "", {{"delimiter", {}, text("::")}}).find("one character"),
            std::string::npos);
  EXPECT_NE(decode(kPriced, "", {{"delimiter", {}, text("\"")}}).find("must differ"),
            std::string::npos);
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  SeededRandom random(5);
  for (int i = 0; i < 5000; ++i) {
    std::string field;
    std::string quoted = "\"";
    for (std::uint64_t k = random.next() % 20; k > 0; --k) {
      field += "ab,\"\n x"[random.next() % 7];
      if (field.back() == '"') quoted += '"';
      quoted += field.back();
    }
    quoted += "\"";
    EXPECT_EQ(decode("a VARCHAR, b INTEGER", quoted + ",1"), "'" + field + "' | 1");
  }
}

TEST(Csv, AMessageMayEndAsALineDoes) {
  EXPECT_EQ(decode("a INTEGER, b VARCHAR", "1,x\n"), "1 | 'x'");
  EXPECT_EQ(decode("a INTEGER, b VARCHAR", "1,x\r\n"), "1 | 'x'");
  EXPECT_EQ(decode("a INTEGER, b VARCHAR", "1,\"x\n\"\n"), "1 | 'x\n'");
  EXPECT_EQ(decode("a VARCHAR", "1\n2\n"),
            ": record contains a line end outside quotes: a message is one record");
}

TEST(Csv, NumbersThatAreNone) {
  EXPECT_EQ(decode("a DOUBLE, b REAL, c DOUBLE", "NaN,Infinity,-Infinity"), "nan | inf | -inf");
  EXPECT_EQ(decode("a DOUBLE, b REAL, c DOUBLE", "nan,inf,-INF"), "nan | inf | -inf");
}

}  // namespace
}  // namespace sluice::formats
