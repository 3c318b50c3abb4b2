#include "connectors/cassandra/cql_encoding.h"

#include <gtest/gtest.h>

#include "connectors/cassandra/cql_number.h"
#include "connectors/cassandra/cql_value.h"
#include "support/column_buffer.h"

namespace sluice::connectors::cassandra {
namespace {

using connector::ColumnBuffer;

CqlType cql(std::string_view text) { return *CqlType::parse(text); }

/// A value of the server's, decoded and encoded again.
class RoundTrip : public testing::Test {
 protected:
  /// What it is as text; the bytes must come back.
  std::string check(std::string_view type_text, const std::string& bytes) {
    const CqlType type = cql(type_text);
    const data::Type target = natural_type(type);
    ColumnBuffer column(target, 4);
    const CqlReason reason = write_value(type, target, bytes, arena_, &column.writer(), 0);
    EXPECT_EQ(reason, CqlReason::kNone) << type_text;
    EXPECT_EQ(write_value(type, target, bytes, arena_, nullptr, 0), CqlReason::kNone);
    EXPECT_FALSE(cannot_hold(type, target)) << type_text;
    std::string again;
    const data::VectorReader reader(column.writer());
    EXPECT_EQ(append_value(again, type, target, reader, 0), CqlProblem::kNone) << type_text;
    EXPECT_EQ(again, bytes) << type_text;
    return column.text(0);
  }
  static std::string cell(std::string_view bytes) {
    std::string text;
    append_big_endian(text, static_cast<std::uint32_t>(bytes.size()));
    return text.append(bytes);
  }
  static std::string count(std::uint32_t number) {
    std::string text;
    append_big_endian(text, number);
    return text;
  }

  data::Arena arena_;
};

TEST_F(RoundTrip, Numbers) {
  EXPECT_EQ(check("tinyint", "\x80"), "-128");
  EXPECT_EQ(check("smallint", "\x7f\xff"), "32767");
  EXPECT_EQ(check("int", "\xff\xff\xff\xfe"), "-2");
  EXPECT_EQ(check("bigint", std::string("\0\0\0\0\0\0\1\0", 8)), "256");
  EXPECT_EQ(check("varint", "\xff\x7f"), "-129");
  EXPECT_EQ(check("float", std::string("\x3f\xc0\0\0", 4)), "1.5");
  EXPECT_EQ(check("double", std::string("\xbf\xf8\0\0\0\0\0\0", 8)), "-1.5");
  EXPECT_EQ(check("boolean", "\1"), "true");
}

TEST_F(RoundTrip, Texts) {
  EXPECT_EQ(check("text", "Grüße"), "Grüße");
  EXPECT_EQ(check("text", ""), "");
  EXPECT_EQ(check("inet", std::string("\x0a\0\0\1", 4)), "10.0.0.1");
  EXPECT_EQ(check("inet", std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\1"),
            "2001:db8::1");
}

TEST_F(RoundTrip, Times) {
  EXPECT_EQ(check("timestamp", std::string(8, '\xff')), "-1000");
  EXPECT_EQ(check("date", std::string("\x80\0\0\1", 4)), "1");
  EXPECT_EQ(check("time", std::string("\0\0\0\0\0\0\x03\xe8", 8)), "1");
  check("uuid", "0123456789abcdef");
  check("timeuuid",
        "012345\x16"
        "789abcdef");
  check("duration", "\x02\x04\x8f\xa0");
}

TEST_F(RoundTrip, Nested) {
  EXPECT_EQ(check("list<text>", count(2) + cell("a") + cell("bc")), "[a, bc]");
  EXPECT_EQ(check("set<int>", count(0)), "[]");
  check("map<text, tinyint>", count(1) + cell("k") + cell("\7"));
  check("tuple<text, tinyint>", cell("k") + std::string(4, '\xff'));
  check(R"(udt<"a" text, "b" list<text>>)", cell("k") + cell(count(1) + cell("x")));
  EXPECT_EQ(check("vector<float, 2>", std::string("\x3f\xc0\0\0\0\0\0\0", 8)), "[1.5, 0]");
  const std::string ones("\x3f\x80\0\0", 4);
  EXPECT_EQ(check("vector<vector<float, 2>, 2>", ones + ones + ones + ones), "[[1, 1], [1, 1]]");
  EXPECT_EQ(check("vector<vector<text, 1>, 1>", "\3\2bc"), "[[bc]]");
  EXPECT_EQ(check("vector<text, 2>", "\1a\2bc"), "[a, bc]");
  EXPECT_EQ(check("vector<smallint, 1>", std::string("\2\0\7", 3)), "[7]");
}

CqlReason reason_of(std::string_view type_text, std::string_view target_text,
                    const std::string& bytes) {
  const data::Type target = *data::Type::parse(target_text);
  data::Arena arena;
  ColumnBuffer column(target, 1);
  const CqlReason reason = write_value(cql(type_text), target, bytes, arena, &column.writer(), 0);
  EXPECT_EQ(write_value(cql(type_text), target, bytes, arena, nullptr, 0), reason);
  return reason;
}

TEST(CqlValue, NothingIsRounded) {
  const std::string milli("\0\0\0\3\1", 5);  // 0.001
  EXPECT_EQ(reason_of("decimal", "DECIMAL(4,3)", milli), CqlReason::kNone);
  EXPECT_EQ(reason_of("decimal", "DECIMAL(4,2)", milli), CqlReason::kTooManyDigits);
  EXPECT_EQ(reason_of("decimal", "DECIMAL(2,2)", std::string("\0\0\0\0\1", 5)),
            CqlReason::kNumberTooLarge);
  EXPECT_EQ(reason_of("varint", "TINYINT", std::string("\0\x80", 2)), CqlReason::kNumberTooLarge);
  EXPECT_EQ(reason_of("varint", "HUGEINT", "\1" + std::string(16, '\0')),
            CqlReason::kNumberTooLarge);
  EXPECT_EQ(reason_of("time", "TIME", std::string(7, '\0') + "\1"), CqlReason::kSmallerThanMicros);
  EXPECT_EQ(reason_of("duration", "INTERVAL", std::string("\0\0\2", 3)),
            CqlReason::kSmallerThanMicros);
  EXPECT_EQ(reason_of("timestamp", "TIMESTAMPTZ", "\x7f" + std::string(7, '\xff')),
            CqlReason::kTimeOutOfRange);
  EXPECT_EQ(reason_of("date", "DATE", std::string(4, '\0')), CqlReason::kTimeOutOfRange);
}

TEST(CqlValue, ANumberTooLongForItsTextIsNoValue) {
  EXPECT_EQ(reason_of("varint", "VARCHAR", std::string(16384, '\x7f')), CqlReason::kNone);
  EXPECT_EQ(reason_of("varint", "VARCHAR", std::string(1 << 20, '\x7f')),
            CqlReason::kNumberTooLarge);
}

TEST(CqlValue, BrokenBytesAreNoValue) {
  for (const char* type : {"int", "bigint", "uuid", "inet", "decimal", "timestamp", "list<int>",
                           "map<int, int>", "tuple<int>", "vector<float, 2>", "boolean"}) {
    const std::string natural = natural_type(cql(type)).to_string();
    EXPECT_EQ(reason_of(type, natural, "\x7f\x01\x02"), CqlReason::kBroken) << type;
  }
}

TEST(CqlValue, AnEmptyValueIsNull) {
  data::Arena arena;
  ColumnBuffer column(data::TypeId::kInteger, 1);
  EXPECT_EQ(write_value(cql("int"), data::TypeId::kInteger, "", arena, &column.writer(), 0),
            CqlReason::kNone);
  EXPECT_TRUE(column.is_null(0));
}

CqlProblem problem_of(std::string_view type_text, const data::Type& from, ColumnBuffer& column) {
  std::string out;
  return append_cell(out, cql(type_text), from, data::VectorReader(column.writer()), 0);
}

TEST(CqlEncoding, WhatDoesNotFitIsAProblem) {
  ColumnBuffer number(data::TypeId::kBigint, 1);
  number.writer().as<std::int64_t>()[0] = 1 << 20;
  EXPECT_EQ(problem_of("smallint", data::TypeId::kBigint, number), CqlProblem::kNumberTooLarge);
  EXPECT_EQ(problem_of("int", data::TypeId::kBigint, number), CqlProblem::kNone);
  ColumnBuffer moment(data::TypeId::kTimestampTz, 1);
  moment.writer().as<std::int64_t>()[0] = 1500;
  EXPECT_EQ(problem_of("timestamp", data::TypeId::kTimestampTz, moment),
            CqlProblem::kNotWholeMillis);
  ColumnBuffer text(data::TypeId::kVarchar, 1);
  text.writer().set_text(0, "Grüße");
  EXPECT_EQ(problem_of("ascii", data::TypeId::kVarchar, text), CqlProblem::kNotAscii);
  EXPECT_EQ(problem_of("inet", data::TypeId::kVarchar, text), CqlProblem::kNotAnAddress);
  ColumnBuffer span(data::TypeId::kInterval, 1);
  span.writer().as<data::IntervalSlot>()[0] = {1, -1, 0};
  EXPECT_EQ(problem_of("duration", data::TypeId::kInterval, span), CqlProblem::kMixedSigns);
}

TEST(CqlEncoding, WhatCqlHasNoTimeForIsAProblem) {
  ColumnBuffer day(data::TypeId::kDate, 1);
  ColumnBuffer moment(data::TypeId::kTimestampTz, 1);
  for (const int sign : {1, -1}) {
    day.writer().as<std::int32_t>()[0] = sign * std::numeric_limits<std::int32_t>::max();
    EXPECT_EQ(problem_of("date", data::TypeId::kDate, day), CqlProblem::kInfinite);
    moment.writer().as<std::int64_t>()[0] = sign * std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(problem_of("timestamp", data::TypeId::kTimestampTz, moment), CqlProblem::kInfinite);
  }
  ColumnBuffer time(data::TypeId::kTime, 1);
  time.writer().as<std::int64_t>()[0] = 86'400'000'000;
  EXPECT_EQ(problem_of("time", data::TypeId::kTime, time), CqlProblem::kEndOfDay);
  time.writer().as<std::int64_t>()[0] = 86'399'999'999;
  EXPECT_EQ(problem_of("time", data::TypeId::kTime, time), CqlProblem::kNone);
}

TEST(CqlEncoding, TypesThatDoNotFitAreRefused) {
  const auto refuses = [](std::string_view to, std::string_view from) {
    return cannot_hold(cql(to), *data::Type::parse(from)).has_value();
  };
  EXPECT_TRUE(refuses("counter", "BIGINT"));
  EXPECT_TRUE(refuses("float", "DOUBLE"));
  EXPECT_TRUE(refuses("text", "INTEGER"));
  EXPECT_TRUE(refuses("varint", "DECIMAL(10,2)"));
  EXPECT_FALSE(refuses("varint", "DECIMAL(10,0)"));
  EXPECT_TRUE(refuses("tuple<int, int>", "STRUCT(a INTEGER)"));
  EXPECT_TRUE(refuses(R"(udt<"a" int>)", "STRUCT(a INTEGER, b INTEGER)"));
  EXPECT_FALSE(refuses(R"(udt<"a" int, "b" int>)", "STRUCT(b INTEGER)"));
  EXPECT_FALSE(refuses("decimal", "HUGEINT"));
}

}  // namespace
}  // namespace sluice::connectors::cassandra
