#include "lake/column_fit.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

using data::Schema;
using data::Type;
using data::TypeId;
using Texts = std::vector<std::string>;

TableState table_of(const Schema& schema, Texts partition_by = {}) {
  TableState state;
  state.schema.columns = schema;
  state.partition_by = std::move(partition_by);
  return state;
}

std::string error_of(const Schema& rows, const TableState& table, const FitRules& rules) {
  const auto fit = fit_columns(rows, {}, table, rules);
  return fit ? "" : fit.error().message();
}

TEST(FitColumns, NamesEveryDifference) {
  Schema rows;
  rows.add({"id", TypeId::kInteger});
  rows.add({"Name", TypeId::kVarchar});
  rows.add({"extra", TypeId::kDate});
  Schema table;
  table.add({"id", TypeId::kBigint});
  table.add({"name", TypeId::kVarchar});
  const auto checked = fit_columns(rows, {}, table_of(table), {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), Kind::kUser);
  EXPECT_EQ(
      checked.error().message(),
      "the view's columns do not fit the Delta table: \"id\" is INTEGER here and BIGINT in the "
      "table; \"Name\" is written \"name\" in the table; \"extra\" is not in the table; change "
      "the view's SELECT (names, casts) or write to another path");
}

TEST(FitColumns, TableMayHaveMoreColumnsUnlessRequired) {
  Schema rows;
  rows.add({"id", TypeId::kBigint});
  Schema table = rows;
  table.add({"later", TypeId::kVarchar});
  TableState state = table_of(table);
  const auto fit = fit_columns(rows, {}, state, {});
  ASSERT_TRUE(fit);
  EXPECT_TRUE(fit->same);
  EXPECT_EQ(fit->columns, rows);
  state.schema.required = {"later"};
  EXPECT_FALSE(fit_columns(rows, {}, state, {}));
}

TEST(FitColumns, JsonIsTextInATable) {
  Schema rows;
  rows.add({"j", Type::list(TypeId::kJson)});
  Schema table;
  table.add({"j", Type::list(TypeId::kVarchar)});
  EXPECT_TRUE(fit_columns(rows, {}, table_of(table), {})->same);
}

TEST(FitColumns, PartitionColumnsMustBeEqual) {
  Schema rows;
  rows.add({"a", TypeId::kBigint});
  rows.add({"b", TypeId::kBigint});
  EXPECT_TRUE(fit_columns(rows, {"a"}, table_of(rows, {"a"}), {}));
  EXPECT_FALSE(fit_columns(rows, {}, table_of(rows, {"a"}), {}));
}

TEST(FitColumns, NarrowerTypesAreCast) {
  const TableState table = table_of(*Schema::parse("id BIGINT, s STRUCT(a BIGINT, b DATE)"));
  const Schema rows = *Schema::parse("id INTEGER, s STRUCT(a INTEGER)");
  EXPECT_NE(error_of(rows, table, {}), "");
  const auto fit = fit_columns(rows, {}, table, {.on_new_field = OnNewField::kAdd});
  ASSERT_TRUE(fit) << fit.error().message();
  EXPECT_FALSE(fit->same);
  EXPECT_EQ(fit->columns, table.schema.columns);
}

TEST(FitColumns, IgnoreLeavesOutWhatIsNew) {
  const TableState table = table_of(*Schema::parse("id BIGINT, s STRUCT(a BIGINT)"));
  const FitRules ignore{.on_new_field = OnNewField::kIgnore};
  const auto fit = fit_columns(*Schema::parse("x DATE, id BIGINT, s STRUCT(a BIGINT, b DATE)"), {},
                               table, ignore);
  ASSERT_TRUE(fit) << fit.error().message();
  EXPECT_EQ(fit->left_out, (Texts{"x", "s.b"}));
  EXPECT_EQ(fit->columns, table.schema.columns);
  EXPECT_EQ(error_of(*Schema::parse("id VARCHAR"), table, ignore),
            "the view's columns do not fit the Delta table: \"id\" is VARCHAR here and BIGINT in "
            "the table; change the view's SELECT (names, casts) or write to another path");
  EXPECT_NE(error_of(*Schema::parse("ID BIGINT"), table, ignore), "");
}

TEST(FitColumns, RescueNeedsItsColumn) {
  const FitRules rescue{.on_new_field = OnNewField::kRescue};
  const Schema rows = *Schema::parse("id VARCHAR, x DATE");
  const TableState plain = table_of(*Schema::parse("id BIGINT"));
  EXPECT_TRUE(needs_rescue(rows, plain, rescue));
  EXPECT_NE(error_of(rows, plain, rescue).find("\"_rescued\" is not in the table"),
            std::string::npos);
  const TableState table = table_of(*Schema::parse("id BIGINT, _rescued VARCHAR"));
  const auto fit = fit_columns(rows, {}, table, rescue);
  ASSERT_TRUE(fit) << fit.error().message();
  EXPECT_TRUE(fit->rescues);
  EXPECT_EQ(fit->columns, table.schema.columns);
  EXPECT_FALSE(needs_rescue(*Schema::parse("id INTEGER"), table, rescue));
}

TEST(FitColumns, KeysAreNeverRescued) {
  const TableState table = table_of(*Schema::parse("id BIGINT, _rescued VARCHAR"));
  const FitRules rules{.on_new_field = OnNewField::kRescue, .exact = {"id"}};
  EXPECT_NE(error_of(*Schema::parse("id VARCHAR, x DATE"), table, rules), "");
  EXPECT_EQ(error_of(*Schema::parse("id INTEGER, x DATE"), table, rules), "");
}

TEST(FitColumns, TellsOfWiderTypes) {
  const TableState table = table_of(*Schema::parse("id INTEGER"));
  const std::string error =
      error_of(*Schema::parse("id BIGINT"), table, {.on_new_field = OnNewField::kAdd});
  EXPECT_NE(error.find("on_wider_type: widen"), std::string::npos) << error;
}

}  // namespace
}  // namespace sluice::lake
