#include "app/infer/csv_look.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

CsvLook look(std::string_view text) { return look_at_csv(text, /*is_file=*/true, std::nullopt); }

TEST(CsvLook, ADecimalCommaIsNoDelimiter) {
  EXPECT_EQ(look("1,5;2,5\n3,5;4,5\n").style.delimiter, ';');
  EXPECT_EQ(look("a\tb\n1,5\t2,5\n").style.delimiter, '\t');
}

TEST(CsvLook, QuotesAreWhatStandsAroundFields) {
  EXPECT_EQ(look("a,b\n'x, y',1\n'z',2\n").style.quote, '\'');
  EXPECT_EQ(look("a,b\n\"x, y\",1\n").style.quote, '"');
  EXPECT_EQ(look("a,b\n\"x \\\" y\",1\n\"\\\"\",2\n").style.escape, '\\');
  EXPECT_EQ(look("a,b\n1,\"x\n2,y\n3,z\n").style.quote, '"') << "one mistake is no style";
}

TEST(CsvLook, AHeaderNamesWhatIsBelow) {
  EXPECT_TRUE(look("id,name\n1,x\n").has_header);
  EXPECT_TRUE(look("country,2019,2020\nAruba,1.5,2\n").has_header);
  EXPECT_TRUE(look("id,n,null,true\n1,2,3,4\n").has_header);
  EXPECT_FALSE(look("Anna,1999\nBert,2001\n").has_header);
  EXPECT_TRUE(look("name,city\nAnna,Rom\n").has_header);
  EXPECT_FALSE(look("1,x\n2,y\n").has_header);
  EXPECT_FALSE(look("x,y\nx,z\n").has_header) << "what it names comes again";
  EXPECT_EQ(look("report;\n\nid;name;n\n1;x;2\n2;y;3\n").header_record, 1U);
}

TEST(CsvLook, EachNameComesOnce) {
  const CsvLook found = look("id,a,A,\n1,2,3,4\n");
  EXPECT_EQ(found.names, (std::vector<std::string>{"id", "a", "A_2", "column4"}));
  EXPECT_FALSE(found.names_as_written);
}

TEST(CsvLook, OneColumn) {
  EXPECT_EQ(look("id\n1\n2\n").names, (std::vector<std::string>{"id"}));
  EXPECT_TRUE(look("").names.empty());
}

TEST(CsvLook, Latin1Names) {
  EXPECT_EQ(latin1_text("Gr\xF6\xDF"
                        "e"),
            "Größe");
}

}  // namespace
}  // namespace sluice::app
