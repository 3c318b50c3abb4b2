#include <algorithm>
#include <array>

#include "app/lint/reviewed.h"

namespace sluice::app {
namespace {

using sql::Json;
using sql::lower;

bool is_float(const data::Type& type) {
  return type.id() == data::TypeId::kReal || type.id() == data::TypeId::kDouble;
}

bool has_word(const std::vector<std::string>& words, std::span<const std::string_view> wished) {
  return std::ranges::any_of(words, [&wished](const std::string& word) {
    return std::ranges::find(wished, word) != wished.end();
  });
}

/// By its words; a rate, share or score of money is none.
bool names_money(std::string_view name) {
  static constexpr std::array<std::string_view, 27> kMoney = {
      "amount", "amounts", "price",    "prices",   "cost",     "costs",    "fee",
      "fees",   "balance", "revenue",  "tax",      "taxes",    "vat",      "salary",
      "wage",   "wages",   "payment",  "payments", "refund",   "subtotal", "turnover",
      "profit", "sales",   "earnings", "expense",  "expenses", "budget"};
  static constexpr std::array<std::string_view, 20> kOther = {
      "rate",   "ratio",  "pct",   "percent", "percentage", "share",      "score",
      "factor", "weight", "count", "number",  "index",      "change",     "volatility",
      "model",  "days",   "hours", "seconds", "elasticity", "probability"};
  static constexpr std::array<std::string_view, 7> kOfATotal = {
      "total", "grand", "order", "invoice", "cart", "line", "net"};
  const std::vector<std::string> words = words_of(name);
  if (has_word(words, kOther)) return false;
  if (has_word(words, kMoney)) return true;
  const auto is_total = [](const std::string& word) {
    return std::ranges::find(kOfATotal, word) != kOfATotal.end();
  };
  return std::ranges::find(words, "total") != words.end() && std::ranges::all_of(words, is_total);
}

/// The first name in the column that speaks of money and is a REAL or DOUBLE: of itself, or of a
/// field of its STRUCT, with the path to it; "": none.
// NOLINTNEXTLINE(misc-no-recursion): as deep as types are.
std::string money_in(const std::string& name, const data::Type& type) {
  if (is_float(type) && names_money(name)) return name;
  const bool is_list = type.id() == data::TypeId::kList;
  const bool is_struct = type.id() == data::TypeId::kStruct;
  if (is_list) {
    return money_in(name, type.children()[0].type);
  }
  for (const data::Field& field : is_struct ? type.children() : std::vector<data::Field>()) {
    const std::string below = money_in(field.name, field.type);
    if (!below.empty()) return name.empty() ? below : name + "." + below;
  }
  return "";
}

/// The map of columns that the file declares for a source or table; null: it declares none.
const ConfigValue* declared_columns(const config::SourceEntry& entry) {
  if (const ConfigValue* schema = entry.connector.options.find("schema")) return schema;
  return entry.format ? entry.format->options.find("schema") : nullptr;
}

/// The first view that adds the column of `relation` up; "": none.
std::string who_adds_up(const Reviewed& reviewed, const std::string& relation,
                        const std::string& column) {
  for (const ReviewedView& view : reviewed.views()) {
    bool adds = false;
    visit_selects(view.query, [&](const Json& select) {
      const std::vector<FromEntry> from = from_entries(select);
      if (std::ranges::find(from, lower(relation), &FromEntry::relation) == from.end()) return;
      sql::visit_expressions(select["select_list"], [&](const Json& node) {
        if (!sql::is_class(node, "FUNCTION") || sql::function_name(node) != "sum") return true;
        const Json& what = node["children"].empty() ? node : node["children"][0];
        adds = adds || (sql::is_class(what, "COLUMN_REF") &&
                        lower(what["column_names"].back().get<std::string>()) == lower(column));
        return true;
      });
    });
    if (adds) return view.text->name;
  }
  return "";
}

void of_source(const Reviewed& reviewed, const config::SourceEntry& entry, const std::string& what,
               Findings& findings) {
  const ConfigValue* columns = declared_columns(entry);
  if (columns == nullptr || columns->shape() != ConfigValue::Shape::kMap) return;
  for (const ConfigValue::Entry& column : columns->entries()) {
    const auto type = data::Type::parse(column.value.text());
    if (!type) continue;
    const std::string money = money_in(column.key, *type);
    if (money.empty()) continue;
    std::string text = "column '" + money + "' of " + what + " '" + entry.name +
                       "' is money by its name and a floating-point number";
    const std::string adds = who_adds_up(reviewed, entry.name, money);
    if (!adds.empty()) text += "; view '" + adds + "' adds it up";
    findings.push_back({"LINT_FLOAT_MONEY", column.key_location, std::move(text)});
  }
}

/// What a column of the SELECT is called.
std::string name_of(const Json& item) {
  std::string alias = item.value("alias", "");
  if (!alias.empty()) return alias;
  const Json* inner = sql::is_class(item, "CAST") ? &item["child"] : &item;
  return sql::is_class(*inner, "COLUMN_REF") ? (*inner)["column_names"].back().get<std::string>()
                                             : "";
}

void of_view(const ReviewedView& view, Findings& findings) {
  const auto add = [&](const Json& node, const std::string& name, const std::string& how) {
    findings.push_back({"LINT_FLOAT_MONEY", view.place_of(node),
                        "view '" + view.text->name + "' " + how + " '" + name +
                            "', which is money by its name, a floating-point number"});
  };
  visit_selects(view.query, [&](const Json& select) {
    for (const Json& item : select["select_list"]) {
      if (!sql::is_class(item, "CAST")) continue;
      const Json& type = item["cast_type"];
      const std::string id = type.is_object() ? type.value("id", "") : "";
      const std::string name = name_of(item);
      if ((id == "DOUBLE" || id == "FLOAT") && names_money(name)) add(item, name, "makes");
    }
    sql::visit_expressions(select["select_list"], [&](const Json& node) {
      if (!sql::is_class(node, "FUNCTION") || sql::function_name(node) != "from_json" ||
          node["children"].size() < 2) {
        return true;
      }
      const Json& schema = node["children"][1];
      if (!sql::is_class(schema, "CONSTANT") || !schema["value"]["value"].is_string()) return true;
      const auto type =
          data::Type::parse("STRUCT(" + schema["value"]["value"].get<std::string>() + ")");
      const std::string money = type ? money_in("", *type) : "";
      if (!money.empty()) add(node, money, "reads");
      return true;
    });
  });
}

}  // namespace

void lint_money(const Reviewed& reviewed, Findings& findings) {
  for (const auto& entry : reviewed.file().sources) of_source(reviewed, entry, "source", findings);
  for (const auto& entry : reviewed.file().tables) {
    of_source(reviewed, entry.source, "table", findings);
  }
  for (const ReviewedView& view : reviewed.views()) of_view(view, findings);
}

}  // namespace sluice::app
