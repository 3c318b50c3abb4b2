#include "app/lint/reviewed.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "sql/tree/text_place.h"
#include "sql/tree/view_sql.h"

namespace sluice::app {

using sql::Json;
using sql::lower;

Location ReviewedView::place_of(const Json& node) const {
  std::uint64_t offset = 0;
  if (node.is_object()) offset = node.value("query_location", std::uint64_t{0});
  if (offset > text->sql.size()) offset = 0;
  return sql::locate(text->location, text->sql, offset);
}

Reviewed::Reviewed(const config::PipelineFile& file, const engine::Pipeline& pipeline,
                   const PipelineDescription& description,
                   const engine::ExplainedPipeline& explained, sql::Session& session)
    : file_(&file),
      pipeline_(&pipeline),
      description_(&description),
      explained_(&explained),
      session_(&session),
      graph_(pipeline, explained.plan) {}

Result<Reviewed> Reviewed::make(const config::PipelineFile& file, const engine::Pipeline& pipeline,
                                const PipelineDescription& description,
                                const engine::ExplainedPipeline& explained, sql::Session& session) {
  Reviewed made(file, pipeline, description, explained, session);
  for (const sql::ViewText& text : pipeline.views) {
    SLUICE_ASSIGN(const sql::ViewSql parsed, sql::ViewSql::parse(session, text));
    made.views_.push_back({&text, explained.plan.find(text.name), parsed.query()});
  }
  return made;
}

const data::Schema* Reviewed::schema(std::string_view relation) const {
  const std::string wished = lower(relation);
  for (const auto* relations : {&plan().sources, &plan().tables}) {
    for (const auto& [name, columns] : *relations) {
      if (lower(name) == wished) return &columns;
    }
  }
  for (const sql::ViewPlan& view : plan().views) {
    if (lower(view.name) == wished) return &view.schema;
  }
  return nullptr;
}

std::optional<data::Type> Reviewed::column_type(std::string_view relation,
                                                std::string_view column) const {
  const data::Schema* columns = schema(relation);
  const int index = columns == nullptr ? -1 : columns->find(column);
  if (index < 0) return std::nullopt;
  return (*columns)[static_cast<std::size_t>(index)].type;
}

std::optional<data::Type> Reviewed::type_of(const std::string& expression,
                                            const std::string& relation) const {
  if (auto known = column_type(relation, expression)) return known;
  const auto found = session_->describe("SELECT (" + expression + ") AS it FROM " +
                                        data::quote_identifier(relation));
  if (!found || found->size() != 1) return std::nullopt;
  return (*found)[0].type;
}

const ReviewedView* Reviewed::declared_view(const std::string& name) const {
  const auto found = std::ranges::find_if(
      views_, [&name](const ReviewedView& view) { return view.text->name == name; });
  if (found != views_.end()) return &*found;
  for (const sql::ViewPlan& reader : plan().views) {
    if (std::ranges::find(reader.inputs, name) == reader.inputs.end()) continue;
    // The planner's own view has one reader.
    return reader.name == name ? nullptr : declared_view(reader.name);
  }
  return nullptr;
}

bool Reviewed::is_endless(const std::string& name) const {
  const std::set<std::string>& below = graph_.sources_of(name);
  // A generator with a number of rows stays there, and has no more.
  const auto is_counted = [this](const std::string& source) {
    const auto entry = std::ranges::find(file_->sources, source, &config::SourceEntry::name);
    return entry != file_->sources.end() && entry->connector.kind == "generator" &&
           entry->connector.options.find("rows") != nullptr;
  };
  return std::ranges::any_of(pipeline_->sources, [&](const engine::SourcePart& source) {
    return (source.name == name || below.contains(source.name)) && !is_counted(source.name) &&
           source.source->ending({}) == connector::Ending::kNever;
  });
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool in_word = false;
  bool was_lower = false;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) == 0) {
      in_word = false;
      continue;
    }
    const bool begins = !in_word || (was_lower && std::isupper(letter) != 0);
    if (begins) words.emplace_back();
    words.back() += static_cast<char>(std::tolower(letter));
    in_word = true;
    was_lower = std::islower(letter) != 0;
  }
  return words;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
void visit_selects(const Json& query, const std::function<void(const Json&)>& visit) {
  if (!query.is_structured()) return;
  if (query.is_object() && sql::type_of(query) == "SELECT_NODE") visit(query);
  for (const auto& [key, child] : query.items()) visit_selects(child, visit);
}

namespace {

// NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
void add_from(const Json& from, std::vector<FromEntry>& entries) {
  const std::string_view type = sql::type_of(from);
  if (type == "BASE_TABLE") {
    const std::string name = lower(from["table_name"].get<std::string>());
    const std::string alias = lower(from.value("alias", ""));
    entries.push_back({name, alias.empty() ? name : alias});
  } else if (type == "JOIN") {
    add_from(from["left"], entries);
    add_from(from["right"], entries);
  }
}

}  // namespace

std::vector<FromEntry> from_entries(const Json& select) {
  std::vector<FromEntry> entries;
  add_from(select["from_table"], entries);
  return entries;
}

std::string changing_call(const Json& expression) {
  static constexpr std::array<std::string_view, 22> kCalls = {"random",
                                                              "uuid",
                                                              "gen_random_uuid",
                                                              "uuidv4",
                                                              "uuidv7",
                                                              "now",
                                                              "get_current_timestamp",
                                                              "transaction_timestamp",
                                                              "today",
                                                              "current_date",
                                                              "get_current_time",
                                                              "current_time",
                                                              "localtime",
                                                              "localtimestamp",
                                                              "current_timestamp",
                                                              "rand",
                                                              "randn",
                                                              "current_localtimestamp",
                                                              "current_localtime",
                                                              "statement_timestamp",
                                                              "clock_timestamp",
                                                              "monotonically_increasing_id"};
  std::string found;
  sql::visit_expressions(expression, [&found](const Json& node) {
    std::string name;
    if (sql::is_class(node, "FUNCTION")) name = sql::function_name(node);
    // SQL writes some without brackets.
    if (sql::is_class(node, "COLUMN_REF") && node["column_names"].size() == 1) {
      name = lower(node["column_names"][0].get<std::string>());
      if (!name.starts_with("current_") && !name.starts_with("local")) name.clear();
    }
    if (found.empty() && std::ranges::find(kCalls, name) != kCalls.end()) found = name + "()";
    return found.empty();
  });
  return found;
}

}  // namespace sluice::app
