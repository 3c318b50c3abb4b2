#include "formats/csv_encoder.h"

#include <random>

#include <gtest/gtest.h>

#include "formats/raw_encoder.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

ConfigValue map_of(const std::vector<std::pair<std::string, std::string>>& given) {
  std::vector<ConfigValue::Entry> entries;
  for (const auto& [name, value] : given) {
    entries.push_back({name, {}, ConfigValue::scalar(value, true, {"p.yaml", 3, 5})});
  }
  return ConfigValue::map(std::move(entries), {});
}

using Given = std::vector<std::pair<std::string, std::string>>;

Result<std::unique_ptr<Encoder>> make(const data::Schema& schema, const Given& given,
                                      const TimeZone& zone = {}) {
  const auto options = Options::validate(csv_encoder_options(), map_of(given), "csv");
  EXPECT_TRUE(options) << options.error().message();
  return make_csv_encoder(*options, schema, zone);
}

/// A JSON record, decoded by the columns of `schema` and written as CSV.
std::string written(std::string_view schema, std::string record, const Given& given = {},
                    const TimeZone& zone = {}) {
  DecodedColumns columns = columns_from(schema);
  const auto encoder = make(columns.schema, given, zone);
  if (!encoder) return encoder.error().message();
  return encode_record(**encoder, std::move(columns), std::move(record));
}

TEST(CsvEncoder, NumbersAndTimesHaveAllTheirDigits) {
  EXPECT_EQ(written("a BIGINT, d DECIMAL(38,18), f DOUBLE, t TIMESTAMP, z TIMESTAMPTZ, y DATE, "
                    "o BOOLEAN",
                    R"({"a":-7,"d":"12345678901234567890.123456789012345678","f":1e-7,)"
                    R"("t":"2024-01-01T01:02:03.456789","z":"2024-01-01T01:02:03.5Z",)"
                    R"("y":"2024-02-29","o":true})",
                    {}, berlin()),
            "-7,12345678901234567890.123456789012345678,1.0E-7,2024-01-01 01:02:03.456789,"
            "2024-01-01 02:02:03.5+01,2024-02-29,true");
}

TEST(CsvEncoder, NullIsNotTheEmptyText) {
  EXPECT_EQ(written("a VARCHAR, b VARCHAR, c BLOB", R"({"a":"","b":null,"c":"YWI="})"),
            "\"\",,YWI=");
  EXPECT_EQ(written("a VARCHAR, b VARCHAR, c VARCHAR", R"({"a":"","b":null,"c":"NULL"})",
                    {{"null_text", "NULL"}}),
            ",NULL,\"NULL\"");
}

TEST(CsvEncoder, QuotesWhatWouldBeReadAsSomethingElse) {
  EXPECT_EQ(written("a VARCHAR, b VARCHAR, c VARCHAR",
                    R"({"a":"x,y","b":"say \"hi\"","c":"two\nlines"})"),
            "\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\"");
  // Not only texts hold a delimiter.
  EXPECT_EQ(written("a DATE, b DOUBLE", R"({"a":"2024-01-01","b":-1.5})", {{"delimiter", "-"}}),
            "\"2024-01-01\"-\"-1.5\"");
  EXPECT_EQ(written("a VARCHAR", R"({"a":"back\\slash and \"quote\""})", {{"escape", "\\"}}),
            R"("back\\slash and \"quote\"")");
}

TEST(CsvEncoder, RefusesWhatHasNoCsvText) {
  EXPECT_EQ(written("a INTEGER[]", "{}"),
            "column 'a' is a INTEGER[], which has no CSV text: write to_json(a) in the view");
  EXPECT_EQ(written("a INTEGER", "{}", {{"quote", ""}}),
            "p.yaml:3:5: 'quote' must be a character: without one a text with a delimiter could "
            "not be written");
}

/// Texts of the characters that matter, in any style: the decoder gives back what was written.
TEST(CsvEncoder, TheDecoderReadsWhatItWrites) {
  std::mt19937 random(1);
  constexpr std::string_view kLetters = "a,;\t\"'\\\n\r N";
  const std::vector<Given> styles = {{},
                                     {{"delimiter", ";"}},
                                     {{"delimiter", "\\t"}, {"quote", "'"}},
                                     {{"escape", "\\"}},
                                     {{"null_text", "N"}},
                                     {{"quote", "'"}, {"escape", "\\"}, {"null_text", "a"}}};
  DecodedColumns columns = columns_from("a VARCHAR, b VARCHAR");
  for (int round = 0; round < 20'000; ++round) {
    const Given& style = styles[static_cast<std::size_t>(round) % styles.size()];
    const auto encoder = make(columns.schema, style);
    ASSERT_TRUE(encoder);
    std::string texts[2];
    std::vector<data::VectorReader> readers;
    std::vector<std::unique_ptr<VectorMemory>> memory;
    std::string expected;
    for (std::size_t i = 0; i < 2; ++i) {
      for (auto left = random() % 6; left > 0; --left) {
        texts[i] += kLetters[random() % kLetters.size()];
      }
      auto& column = memory.emplace_back(std::make_unique<VectorMemory>(columns.plans[i], 1));
      const bool is_null = random() % 5 == 0;
      column->vector().set_text(0, texts[i]);
      if (is_null) column->vector().set_null(0);
      readers.emplace_back(column->vector());
      expected += (i == 0 ? "" : " | ") + (is_null ? "NULL" : "'" + texts[i] + "'");
    }
    std::string record;
    ASSERT_TRUE(*(*encoder)->append(readers, 0, record));
    auto entries = map_of(style).entries();
    entries.push_back({"schema", {}, map_of({{"a", "VARCHAR"}, {"b", "VARCHAR"}})});
    const FormatKind& csv = *find_format("csv");
    const auto options = Options::validate(csv.options, ConfigValue::map(entries, {}), "csv");
    ASSERT_TRUE(options) << options.error().message();
    const auto files = io::make_local_file_system();
    const auto decoder = csv.make(*options, {*files});
    ASSERT_TRUE(decoder);
    const Decoded decoded = decode_all(**decoder, columns.plans, {&record, 1});
    ASSERT_EQ(decoded.rows, std::vector<std::string>{expected}) << record;
  }
}

TEST(RawEncoder, TakesTheBytesOfAColumn) {
  DecodedColumns columns = columns_from("id BIGINT, value BLOB");
  VectorMemory numbers(columns.plans[0], 2);
  VectorMemory bytes(columns.plans[1], 2);
  bytes.vector().set_text(0, std::string_view("a\0\xff", 3));
  bytes.vector().set_null(1);
  const std::vector<data::VectorReader> readers = {data::VectorReader(numbers.vector()),
                                                   data::VectorReader(bytes.vector())};
  const auto encoder = make_raw_encoder(columns.schema, "value");
  ASSERT_TRUE(encoder);
  std::string record = "before";
  EXPECT_TRUE(*(*encoder)->append(readers, 0, record));
  EXPECT_EQ(record, std::string("before") + std::string("a\0\xff", 3));
  EXPECT_FALSE(*(*encoder)->append(readers, 1, record));
  EXPECT_EQ(record.size(), 9U);
  EXPECT_EQ(make_raw_encoder(columns.schema, "valeu").error().message(),
            "raw: there is no column 'valeu' to take the bytes from; did you mean 'value'?; "
            "columns: id BIGINT, value BLOB");
  EXPECT_NE(make_raw_encoder(columns.schema, "id").error().message().find("CAST it AS VARCHAR"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::formats
