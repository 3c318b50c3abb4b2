#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "app/composition/runnable.h"
#include "app/composition/scratch_folder.h"
#include "app/composition/stores.h"
#include "app/transfer/source_text.h"
#include "app/transfer/yaml_text.h"
#include "base/border.h"
#include "config/keys.h"
#include "data/type.h"
#include "io/spool.h"
#include "sluice/pipeline.h"
#include "sluice/transfer.h"

namespace sluice {
namespace {

using data::TypeId;

constexpr std::size_t kChartsOfAKind = 4;  ///< of one table
constexpr std::size_t kTableNameBytesMax = 40;

struct NamedTable {
  std::string name;
  std::string yaml;  ///< the lines below its name
};

/// The last part of an address, without an ending, as a name in SQL.
std::string table_name_of(const std::string& address) {
  std::string word = io::file_name(address.substr(0, address.find_last_not_of('/') + 1));
  word = word.substr(0, word.find('.'));
  for (char& c : word) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  std::string lower = word;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto reserved = config::reserved_words();
  const bool begins = !word.empty() && std::isalpha(static_cast<unsigned char>(word[0])) != 0;
  const bool is_taken = std::ranges::find(reserved, lower) != reserved.end() || lower == "sluice";
  if (!begins || is_taken) word.insert(0, "table_");
  if (word.size() > kTableNameBytesMax) word.resize(kTableNameBytesMax);
  return word;
}

std::string tables_text(const std::vector<NamedTable>& tables, const std::string& refresh) {
  std::string text = "name: dashboard\ntables:\n";
  for (const NamedTable& table : tables) {
    text += "  " + table.name + ":\n" + table.yaml + "    refresh: " + refresh + "\n";
  }
  return text;
}

/// Names of columns are anybody's: a dollar sign in them is one.
std::string literal(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled += c == '$' ? "$$" : std::string(1, c);
  return app::yaml_scalar(doubled, /*quoted=*/true);
}

/// One line of `charts`: all below `tab`.
class Charts {
 public:
  explicit Charts(std::string tab) : tab_(std::move(tab)) {}

  void add(const std::string& title, const std::string& what, const std::string& more = "") {
    text_ += "  " + tab_ + "_" + std::to_string(++count_) +
             ": {tab: " + app::yaml_scalar(tab_, /*quoted=*/true) + ", title: " + literal(title) +
             ", " + what + more + "}\n";
  }
  const std::string& text() const { return text_; }

 private:
  const std::string tab_;
  int count_ = 0;
  std::string text_;
};

std::string sql(const std::string& text) { return "sql: " + literal(text) + ", "; }

bool is_time(const data::Field& field) {
  return field.type.to_string().starts_with("TIMESTAMP_") ||
         field.type.id() == TypeId::kTimestamp || field.type.id() == TypeId::kTimestampTz ||
         field.type.id() == TypeId::kDate;
}

bool is_number(const data::Field& field) {
  const TypeId id = field.type.id();
  return id == TypeId::kTinyint || id == TypeId::kSmallint || id == TypeId::kInteger ||
         id == TypeId::kBigint || id == TypeId::kHugeint || id == TypeId::kReal ||
         id == TypeId::kDouble || id == TypeId::kDecimal;
}

/// How many rows there are, how they lie in time, how their numbers and texts are spread, and the
/// first of them.
std::string charts_of(const std::string& table, const data::Schema& columns) {
  Charts charts(table);
  charts.add("Rows", sql("SELECT count(*) AS rows FROM " + table) + "number: {value: rows}");
  std::map<std::string, std::size_t> used;
  for (const data::Field& field : columns.fields()) {
    const std::string column = data::quote_identifier(field.name);
    if (is_time(field) && used["time"]++ == 0) {
      charts.add("Rows by " + field.name,
                 sql("SELECT CAST(" + column + " AS DATE) AS day, count(*) AS rows FROM " + table +
                     " GROUP BY 1 ORDER BY 1") +
                     "bar: {x: day, y: rows}",
                 ", width: 9");
    } else if (is_number(field) && used["number"]++ < kChartsOfAKind) {
      charts.add(field.name,
                 sql("SELECT " + column + " AS value FROM " + table) + "histogram: {x: value}");
    } else if (field.type.id() == TypeId::kVarchar && used["text"]++ < kChartsOfAKind) {
      charts.add(field.name, sql("SELECT " + column + " AS value, count(*) AS rows FROM " + table +
                                 " GROUP BY 1 ORDER BY 2 DESC LIMIT 10") +
                                 "bar: {x: value, y: rows, limit: 10}");
    }
  }
  charts.add("The first rows", "from: " + table + ", table: {search: true}", ", width: 12");
  return charts.text();
}

Result<std::vector<NamedTable>> find_tables(const DashboardRequest& request) {
  const connector::Registry registry = app::all_connectors();
  const auto files = app::make_file_system();
  app::ScratchFolder scratch;
  SLUICE_TRY(scratch.make());
  const SystemClock clock;
  SystemRandom random;
  io::Spool spool(*files, scratch.path() + "/spool");
  const connector::Context context{"dashboard", "table", clock, random, *files, &spool};
  std::vector<NamedTable> tables;
  std::set<std::string> names;
  for (const SourceChoice& choice : request.tables) {
    SLUICE_ASSIGN(const app::SourceText source, app::source_text(choice, registry, context));
    const std::string word = table_name_of(connector::Address::parse(choice.address).shown());
    std::string name = word;
    const auto lower = [](std::string text) {
      std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
      return text;
    };
    for (int i = 2; !names.insert(lower(name)).second; ++i) name = word + "_" + std::to_string(i);
    tables.push_back({name, source.yaml});
  }
  return tables;
}

}  // namespace

Result<std::string> dashboard_text(const DashboardRequest& request) {
  return at_border("make the dashboard", [&]() -> Result<std::string> {
    SLUICE_ASSIGN(const auto tables, find_tables(request));
    const std::string text = tables_text(tables, request.refresh);
    // Views over the tables say which columns they have.
    std::string probe = text + "views:\n";
    for (const NamedTable& table : tables) {
      probe += "  columns_of_" + table.name + ": SELECT * FROM " + table.name + "\n";
    }
    probe += "charts:\n  none: {markdown: none}\n";
    SLUICE_ASSIGN(const Pipeline probed, Pipeline::parse(probe, "dashboard"));
    SLUICE_ASSIGN(const PipelineDescription description, probed.check());
    std::string charts = "charts:\n";
    for (std::size_t i = 0; i < tables.size(); ++i) {
      SLUICE_ASSIGN(const data::Schema columns,
                    data::Schema::parse(description.views.at(i).detail));
      charts += charts_of(tables[i].name, columns);
    }
    return text + charts + "trigger: {every: 1s}\n";
  });
}

}  // namespace sluice
