#include "connectors/console/show_table.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

// Every table below is what Dataset.show of Spark 4.2 prints for the same values.

TEST(ShowTable, CellsAreRightAligned) {
  ShowTable table({"SellerID", "TotalSales"}, {});
  table.add_row({"442", "31921.480000000000"});
  table.add_row({"7", std::nullopt});
  EXPECT_EQ(table.text(false),
            "+--------+------------------+\n"
            "|SellerID|        TotalSales|\n"
            "+--------+------------------+\n"
            "|     442|31921.480000000000|\n"
            "|       7|              NULL|\n"
            "+--------+------------------+\n");
}

TEST(ShowTable, EmptyTableHasItsHeader) {
  EXPECT_EQ(ShowTable({"a"}, {}).text(false),
            "+---+\n"
            "|  a|\n"
            "+---+\n"
            "+---+\n");
}

TEST(ShowTable, LongCellsEndInDots) {
  ShowTable table({"text"}, {});
  table.add_row({"12345678901234567890"});
  table.add_row({"123456789012345678901"});
  EXPECT_EQ(table.text(false),
            "+--------------------+\n"
            "|                text|\n"
            "+--------------------+\n"
            "|12345678901234567890|\n"
            "|12345678901234567...|\n"
            "+--------------------+\n");
}

TEST(ShowTable, NoRoomForDotsBelowFour) {
  ShowTable table({"t"}, {.truncate = 3});
  table.add_row({"abcdef"});
  EXPECT_EQ(table.text(false), "+---+\n|  t|\n+---+\n|abc|\n+---+\n");
}

TEST(ShowTable, NamesAreNotTruncated) {
  ShowTable table({"a_column_with_a_long_name"}, {});
  table.add_row({"1"});
  EXPECT_NE(table.text(false).find("|a_column_with_a_long_name|"), std::string::npos);
}

TEST(ShowTable, UntruncatedCellsAreLeftAligned) {
  ShowTable table({"id", "text"}, {.truncate = 0});
  table.add_row({"1", "123456789012345678901"});
  EXPECT_EQ(table.text(false),
            "+---+---------------------+\n"
            "|id |text                 |\n"
            "+---+---------------------+\n"
            "|1  |123456789012345678901|\n"
            "+---+---------------------+\n");
}

TEST(ShowTable, WideLettersCountTwice) {
  ShowTable table({"t"}, {});
  table.add_row({"中文"});
  table.add_row({"ab"});
  EXPECT_EQ(table.text(false), "+----+\n|   t|\n+----+\n|中文|\n|  ab|\n+----+\n");
}

TEST(ShowTable, AccentsCountOnce) {
  ShowTable table({"t"}, {});
  table.add_row({"éèü"});
  EXPECT_EQ(table.text(false), "+---+\n|  t|\n+---+\n|éèü|\n+---+\n");
}

TEST(ShowTable, LettersOutsideThePlaneCountTwoUnits) {
  ShowTable table({"t"}, {.truncate = 5});
  table.add_row({"😀😀😀"});
  // Five of six units: two, and "..." after the first pair.
  EXPECT_EQ(table.text(false), "+-----+\n|    t|\n+-----+\n|😀...|\n+-----+\n");
}

TEST(ShowTable, ControlLettersAreEscaped) {
  ShowTable table({"a\tb"}, {});
  table.add_row({"x\ny\r"});
  EXPECT_EQ(table.text(false), "+------+\n|  a\\tb|\n+------+\n|x\\ny\\r|\n+------+\n");
}

TEST(ShowTable, MoreRowsAreAnnounced) {
  ShowTable table({"a"}, {});
  table.add_row({"1"});
  EXPECT_TRUE(table.text(true).ends_with("+---+\nonly showing top 1 row"));
  table.add_row({"2"});
  EXPECT_TRUE(table.text(true).ends_with("+---+\nonly showing top 2 rows"));
}

TEST(ShowTable, VerticalShowsALineAValue) {
  ShowTable table({"id", "name"}, {.truncate = 20, .vertical = true});
  table.add_row({"1", "a"});
  table.add_row({"2", std::nullopt});
  EXPECT_EQ(table.text(false),
            "-RECORD 0----\n"
            " id   | 1    \n"
            " name | a    \n"
            "-RECORD 1----\n"
            " id   | 2    \n"
            " name | NULL \n");
  EXPECT_EQ(ShowTable({"id"}, {.truncate = 20, .vertical = true}).text(false), "(0 rows)");
}

}  // namespace
}  // namespace sluice::connectors
