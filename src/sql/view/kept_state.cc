#include "sql/view/kept_state.h"

#include <algorithm>

#include "base/json.h"
#include "sql/tree/ast.h"
#include "sql/tree/window_words.h"
#include "sql/udf/macros.h"

namespace sluice::sql {
namespace {

/// How the tables of a view's state are laid out. Whoever changes what is in one raises the
/// number and moves the tables of older checkpoints; test/upgrades has one of each.
int layout_of(ViewKind kind) {
  switch (kind) {
    case ViewKind::kAggregate:
    case ViewKind::kDistinct:
    case ViewKind::kJoin:
    case ViewKind::kOverResult:
    case ViewKind::kStateless:
      return 1;
  }
  return 0;
}

std::string_view kind_name(ViewKind kind) {
  switch (kind) {
    case ViewKind::kAggregate:
      return "aggregate";
    case ViewKind::kDistinct:
      return "distinct";
    case ViewKind::kJoin:
      return "join";
    case ViewKind::kOverResult:
      return "result";
    case ViewKind::kStateless:
      return "stateless";
  }
  return "";
}

/// The note as an object; null: that of a program which noted the meaning alone.
Json parse_note(const std::string& note) {
  Json json = parse_json(note);
  return json.is_object() && json.contains("layout") ? json : Json();
}

Json to_json(const ViewPlan& view) {
  const StateOrigin& origin = view.origin;
  return {{"kind", kind_name(view.kind)},
          {"layout", layout_of(view.kind)},
          {"sql", origin.sql},
          {"deduplicate", origin.deduplicate},
          {"reads", origin.reads},
          {"columns", origin.columns},
          {"meaning", origin.meaning}};
}

/// Without places, in lower case but for values.
Json plain_tree(const Json& node) {
  if (node.is_string()) return lower(node.get_ref<const std::string&>());
  if (!node.is_structured()) return node;
  if (is_class(node, "CONSTANT")) {
    return {{"value", node.value("value", Json())}, {"alias", lower(node.value("alias", ""))}};
  }
  Json out = node.is_array() ? Json::array() : Json::object();
  for (const auto& [key, child] : node.items()) {
    if (node.is_array()) {
      out.push_back(plain_tree(child));
    } else if (key != "query_location" && key != "is_operator") {
      out[key] = plain_tree(child);
    }
  }
  return out;
}

Result<Json> tree_of(Session& session, const std::string& sql) {
  SLUICE_ASSIGN(const auto text, session.call("json_serialize_sql", mark_window_words(sql)));
  Json answer = parse_json(text.value_or(""));
  if (!answer.is_object() || answer.value("error", true)) return Json();
  return plain_tree(answer["statements"]);
}

}  // namespace

Status note_origin(Session& session, const ViewText& text, ViewPlan& plan) {
  // Another expression of a function of the file is other SQL.
  SLUICE_ASSIGN(plan.origin.sql, sql_without_macros(session, text));
  plan.origin.reads = plan.inputs;
  std::ranges::sort(plan.origin.reads);
  if (!text.deduplicate) return {};
  for (const Deduplicate::Column& column : text.deduplicate->by) {
    plan.origin.deduplicate += (plan.origin.deduplicate.empty() ? "by " : ", ") + column.name;
  }
  if (text.deduplicate->within_us) {
    plan.origin.deduplicate += " within " + std::to_string(*text.deduplicate->within_us) + " us";
  }
  return {};
}

std::string note_of_state(const ViewPlan& view) { return dump_json(to_json(view)); }

Result<bool> same_sql(Session& session, const std::string& one, const std::string& other) {
  if (one == other) return true;
  SLUICE_ASSIGN(const Json first, tree_of(session, one));
  SLUICE_ASSIGN(const Json second, tree_of(session, other));
  return !first.is_null() && first == second;
}

Result<StateMatch> match_state(Session& session, const std::string& note, const ViewPlan& view) {
  const Json was = parse_note(note);
  if (was.is_null()) {
    return note == view.origin.meaning ? StateMatch::kSameAsBefore : StateMatch::kOther;
  }
  const Json is = to_json(view);
  if (was == is) return StateMatch::kSame;
  const auto same = [&](const char* key) { return was.value(key, Json()) == is[key]; };
  if (!same("kind") || !same("layout") || !same("columns")) return StateMatch::kOther;
  if (same("meaning")) return StateMatch::kSameAsBefore;
  if (!same("reads") || !same("deduplicate") || !was["sql"].is_string()) return StateMatch::kOther;
  SLUICE_ASSIGN(const bool unchanged,
                same_sql(session, was["sql"].get<std::string>(), view.origin.sql));
  return unchanged ? StateMatch::kSameAsBefore : StateMatch::kOther;
}

std::string state_difference(const std::string& note, const ViewPlan& view) {
  const auto lines = [](const std::string& was, const std::string& is) {
    return "  was: " + was + "\n  is:  " + is;
  };
  const Json was = parse_note(note);
  if (was.is_null()) return lines(note, view.origin.meaning);
  const Json is = to_json(view);
  for (const char* key : {"sql", "deduplicate", "reads", "columns"}) {
    const Json before = was.value(key, Json());
    if (before == is[key]) continue;
    const auto shown = [key](const Json& value) {
      const std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
      return key == std::string("sql") ? text : std::string(key) + " " + text;
    };
    return lines(shown(before), shown(is[key]));
  }
  return lines(was.value("meaning", ""), view.origin.meaning);
}

}  // namespace sluice::sql
