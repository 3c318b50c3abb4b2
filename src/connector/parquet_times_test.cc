#include "connector/parquet_times.h"

#include <gtest/gtest.h>

#include "support/parquet_metadata.h"

namespace sluice::connector {
namespace {

using namespace parquet_metadata;  // NOLINT(google-build-using-namespace)

std::string shown(const std::string& metadata, const std::string& column = "t") {
  const auto groups = read_row_group_times(metadata, column);
  if (!groups) return groups.error().message();
  std::string text;
  for (const RowGroupTimes& each : *groups) {
    text += std::to_string(each.rows) + ":" +
            (each.earliest ? std::to_string(*each.earliest) : "-") + ".." +
            (each.latest ? std::to_string(*each.latest) : "-") + " ";
  }
  return text;
}

std::string one_group(const std::string& of_t, std::int64_t min, std::int64_t max) {
  return file({of_t}, {group(3, {chunk({"t"}, between(bytes(min), bytes(max)))})});
}

TEST(ParquetTimes, EachUnit) {
  EXPECT_EQ(shown(one_group(element(2, "t", logical(1)), 5, 7)), "3:5000..7000 ");
  EXPECT_EQ(shown(one_group(element(2, "t", logical(2)), -5, 7)), "3:-5..7 ");
  EXPECT_EQ(shown(one_group(element(2, "t", logical(3)), -1, 1999)), "3:-1..1 ");
  const std::string converted_millis = field(2, kI32) + number(9);
  EXPECT_EQ(shown(one_group(element(2, "t", converted_millis), 1, 2)), "3:1000..2000 ");
  const std::string date = element(1, "t", field(2, kI32) + number(6));
  EXPECT_EQ(shown(file({date}, {group(1, {chunk({"t"}, between(bytes(1), bytes(2)))})})),
            "1:86400000000..172800000000 ");
}

TEST(ParquetTimes, ColumnsAndGroupsAreToldApart) {
  const std::string t = element(2, "t", logical(2));
  const std::string structure =
      field(4, kBinary) + binary("s") + field(1, kI32) + number(1) + kStop;
  const auto times = [](std::int64_t min, std::int64_t max) {
    return between(bytes(min), bytes(max));
  };
  EXPECT_EQ(shown(file({element(2, "id", ""), t},
                       {group(3, {chunk({"id"}, times(50, 60)), chunk({"t"}, times(1, 2))}),
                        group(4, {chunk({"id"}, times(50, 60)), chunk({"t"}, times(3, 4))}),
                        group(5, {chunk({"id"}, times(50, 60)), chunk({"t"}, "")})})),
            "3:1..2 4:3..4 5:-..- ");
  // A field of that name in a struct is another column.
  EXPECT_EQ(shown(file({structure, t, t},
                       {group(3, {chunk({"s", "t"}, times(7, 8)), chunk({"t"}, times(1, 2))})})),
            "3:1..2 ");
}

TEST(ParquetTimes, NamesHaveNoCase) {
  EXPECT_EQ(shown(one_group(element(2, "t", logical(2)), 1, 2), "T"), "3:1..2 ");
  // The very name goes first.
  const std::string both =
      file({element(2, "T", logical(2)), element(2, "t", logical(2))},
           {group(3, {chunk({"T"}, between(bytes(std::int64_t{7}), bytes(std::int64_t{8}))),
                      chunk({"t"}, between(bytes(std::int64_t{1}), bytes(std::int64_t{2})))})});
  EXPECT_EQ(shown(both), "3:1..2 ");
  EXPECT_EQ(shown(both, "T"), "3:7..8 ");
}

TEST(ParquetTimes, WhatHasNoTimesIsNamed) {
  EXPECT_EQ(shown(one_group(element(2, "t", logical(2)), 1, 2), "ts"),
            "the Parquet file has no column 'ts'");
  EXPECT_EQ(shown(one_group(element(2, "t", ""), 1, 2)),
            "the column 't' of the Parquet file is neither TIMESTAMP (of an INT64) nor DATE");
  EXPECT_EQ(shown(one_group(element(3, "t", ""), 1, 2)).substr(0, 14), "the column 't'");
}

TEST(ParquetTimes, EveryShorterFooterIsRefused) {
  const std::string whole = one_group(element(2, "t", logical(2)), 1, 2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_row_group_times(std::string_view(whole).substr(0, size), "t")) << size;
  }
}

}  // namespace
}  // namespace sluice::connector
