#include "charts/chart_spec.h"

#include <algorithm>
#include <utility>

#include "base/nearest.h"

namespace sluice::charts {
namespace {

using config::ChartColumn;
using config::ChartKind;
using config::ColumnNeed;
using data::TypeId;

constexpr std::size_t kNamesShown = 20;
constexpr std::int64_t kTimeSteps = 60;  ///< a range has so many, where times are cut

/// Of other units than microseconds.
bool is_other_timestamp(const data::Type& type) {
  if (type.id() != TypeId::kOther) return false;
  const std::string name = type.to_string();
  return name == "TIMESTAMP_NS" || name == "TIMESTAMP_MS" || name == "TIMESTAMP_S";
}

ColumnType type_on_page(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return ColumnType::kBool;
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kHugeint:
    case TypeId::kUtinyint:
    case TypeId::kUsmallint:
    case TypeId::kUinteger:
    case TypeId::kUbigint:
    case TypeId::kReal:
    case TypeId::kDouble:
    case TypeId::kDecimal:
      return ColumnType::kNumber;
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return ColumnType::kTime;
    default:
      return is_other_timestamp(type) ? ColumnType::kTime : ColumnType::kText;
  }
}

bool is_whole(const data::Type& type) {
  return type_on_page(type) == ColumnType::kNumber && type.id() != TypeId::kReal &&
         type.id() != TypeId::kDouble && type.id() != TypeId::kDecimal;
}

/// Types that are read as they lie; the others become text.
bool is_read_as_is(const data::Type& type) {
  return type.id() == TypeId::kVarchar || type.id() == TypeId::kJson ||
         (type_on_page(type) != ColumnType::kText && type.id() != TypeId::kDecimal &&
          type.id() != TypeId::kOther);
}

bool fits(ColumnNeed need, ColumnType type) {
  switch (need) {
    case ColumnNeed::kAny:
      return true;
    case ColumnNeed::kNumber:
      return type == ColumnType::kNumber;
    case ColumnNeed::kPosition:
      return type == ColumnType::kNumber || type == ColumnType::kTime;
    case ColumnNeed::kPositionOrText:
      return type != ColumnType::kBool;
  }
  return false;
}

std::string needed(ColumnNeed need) {
  switch (need) {
    case ColumnNeed::kNumber:
      return "a number";
    case ColumnNeed::kPosition:
      return "a time or a number";
    default:
      return "a time, a number or a text";
  }
}

std::string names_of(const data::Schema& schema) {
  std::string names;
  for (std::size_t i = 0; i < schema.size() && i < kNamesShown; ++i) {
    names += (i > 0 ? ", " : "") + schema[i].name;
  }
  return names + (schema.size() > kNamesShown ? " ..." : "");
}

/// "'x' of chart 'power' names the column 'secnd'"
std::string naming(const config::ChartEntry& entry, const ChartColumn& column) {
  return "'" + column.option + "' of chart '" + entry.name + "' names the column '" + column.name +
         "'";
}

/// Its index in the query's columns.
Result<std::size_t> find_column(const config::ChartEntry& entry, const ChartColumn& column,
                                const data::Schema& schema) {
  const ConfigValue at = ConfigValue::null(column.location);
  const int found = schema.find(column.name);
  if (found < 0) {
    std::vector<std::string> names;
    for (const data::Field& field : schema.fields()) names.push_back(field.name);
    const std::string guess = did_you_mean(column.name, names);
    return at.error(naming(entry, column) + ", which its rows do not have" +
                    (guess.empty() ? "; they have: " + names_of(schema) : guess));
  }
  const data::Type& type = schema[static_cast<std::size_t>(found)].type;
  if (!fits(column.need, type_on_page(type))) {
    return at.error(naming(entry, column) + ", which is " + type.to_string() + "; it must be " +
                    needed(column.need));
  }
  return static_cast<std::size_t>(found);
}

class Resolver {
 public:
  Resolver(std::shared_ptr<const config::ChartEntry> entry, const config::UiEntry& ui,
           const sql::QueryPlan& plan)
      : entry_(*entry), ui_(ui), plan_(plan) {
    made_.entry = std::move(entry);
    made_.query = plan;
  }

  Result<ChartSpec> resolve() {
    SLUICE_TRY(choose_columns());
    choose_keeping();
    add_time();
    choose_asked();
    made_.columns.insert(made_.columns.end(), made_.asked.begin(), made_.asked.end());
    if (entry_.kind == ChartKind::kHistogram) {
      made_.columns = {{"at", ColumnType::kTime}};
      for (const char* name : {"step", "bin", "count"}) {
        made_.columns.push_back({name, ColumnType::kNumber});
      }
    }
    note_columns();
    choose_thinning();
    choose_range();
    write_fingerprint();
    return std::move(made_);
  }

 private:
  struct Chosen {
    std::string name;
    std::size_t index = 0;
  };

  void choose(const std::string& name, std::size_t index) {
    const bool is_there =
        std::ranges::any_of(chosen_, [&](const Chosen& chosen) { return chosen.index == index; });
    if (!is_there) chosen_.push_back({name, index});
  }

  /// Those that options name, then those that a page filters by.
  Status choose_columns() {
    for (const ChartColumn& column : entry_.columns) {
      SLUICE_ASSIGN(const std::size_t index, find_column(entry_, column, plan_.schema));
      // A page finds columns by the names that the options have.
      choose(column.option == "before" ? column.option : column.name, index);
    }
    if (entry_.kind == ChartKind::kTable && entry_.table_columns.empty()) {
      for (std::size_t i = 0; i < std::min(plan_.schema.size(), kColumnsMax); ++i) {
        choose(plan_.schema[i].name, i);
      }
    }
    const bool takes_filters = entry_.kind != ChartKind::kNumber &&
                               entry_.kind != ChartKind::kGauge &&
                               entry_.kind != ChartKind::kHistogram;
    for (const ChartColumn& filter : ui_.filters) {
      const int found = plan_.schema.find(filter.name);
      if (found >= 0 && takes_filters) choose(filter.name, static_cast<std::size_t>(found));
    }
    return {};
  }

  void choose_keeping() {
    const bool is_value = entry_.kind == ChartKind::kNumber || entry_.kind == ChartKind::kGauge;
    if (is_value) {
      made_.keeping = Keeping::kHistory;
    } else if (plan_.is_of_batch) {
      made_.keeping = entry_.kind == ChartKind::kHistogram ? Keeping::kCounts : Keeping::kRows;
    }
  }

  ColumnType type_of(const Chosen& chosen) const {
    return type_on_page(plan_.schema[chosen.index].type);
  }

  /// Rows that are added have a time, by which they go again.
  void add_time() {
    const bool is_value = made_.keeping == Keeping::kHistory || made_.keeping == Keeping::kCounts;
    if (made_.keeping == Keeping::kResult) return;
    const bool has_time = !is_value && std::ranges::any_of(chosen_, [&](const Chosen& chosen) {
      return type_of(chosen) == ColumnType::kTime;
    });
    if (has_time) return;
    // Where the time is there for the range alone it is cut, so that rows meet which are added up.
    const bool sums = adds_up();
    for (std::size_t i = 0; i < plan_.schema.size() && !is_value; ++i) {
      if (type_on_page(plan_.schema[i].type) != ColumnType::kTime) continue;
      chosen_.push_back({plan_.schema[i].name, i});
      cuts_time_ = sums;
      return;
    }
    cuts_time_ = sums || made_.keeping == Keeping::kCounts;
    std::string name = is_value ? "at" : "batch_time";
    while (plan_.schema.find(name) >= 0) name += "_";
    made_.columns.push_back({name, ColumnType::kTime});
    made_.time_is_added = true;
  }

  bool adds_up() const {
    return entry_.kind == ChartKind::kBar || entry_.kind == ChartKind::kArea ||
           entry_.kind == ChartKind::kDonut || entry_.kind == ChartKind::kHeatmap;
  }

  void choose_asked() {
    std::string names;
    std::string list;
    data::Schema schema;
    for (std::size_t i = 0; i < plan_.schema.size(); ++i) {
      names += (i > 0 ? ", c" : "c") + std::to_string(i);
    }
    for (const Chosen& chosen : chosen_) {
      const data::Type& type = plan_.schema[chosen.index].type;
      const std::string column = "c" + std::to_string(chosen.index);
      if (entry_.kind == ChartKind::kHistogram) {
        list = "CAST(" + column + " AS DOUBLE) AS " + column;
        schema.add({column, TypeId::kDouble});
        break;
      }
      const bool as_is = is_read_as_is(type);
      const data::Type read_as = as_is                      ? type
                                 : is_other_timestamp(type) ? data::Type(TypeId::kTimestamp)
                                                            : data::Type(TypeId::kVarchar);
      list += (list.empty() ? "" : ", ") +
              (as_is ? column : "CAST(" + column + " AS " + read_as.to_string() + ") AS " + column);
      schema.add({column, read_as});
      made_.asked.push_back({chosen.name, type_of(chosen)});
    }
    made_.query.select =
        "SELECT " + list + " FROM (" + plan_.select + ") AS chart_rows(" + names + ")";
    made_.query.schema = std::move(schema);
  }

  std::optional<std::size_t> place_of(std::string_view option) const {
    const std::string name = entry_.column_of(option);
    if (name.empty()) return std::nullopt;
    const int index = plan_.schema.find(name);
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      if (static_cast<int>(chosen_[i].index) != index) continue;
      return i + (made_.time_is_added ? 1 : 0);
    }
    return std::nullopt;
  }

  void note_columns() {
    for (std::size_t i = 0; i < made_.columns.size() && !made_.time; ++i) {
      if (made_.columns[i].type == ColumnType::kTime) made_.time = i;
    }
    if (entry_.kind == ChartKind::kHistogram) return;
    made_.x = place_of("x");
    made_.by = place_of("by");
    made_.sort = place_of("sort");
    made_.sorts_falling = made_.sort && entry_.options.text("sort").starts_with('-');
    const bool has_heights = entry_.kind != ChartKind::kHeatmap;
    for (const std::string& name : entry_.columns_of("y")) {
      if (!has_heights) break;  // an axis
      const int index = plan_.schema.find(name);
      for (std::size_t i = 0; i < chosen_.size(); ++i) {
        if (static_cast<int>(chosen_[i].index) != index) continue;
        made_.y.push_back(i + (made_.time_is_added ? 1 : 0));
      }
    }
    if (const auto value = place_of("value"); value && made_.y.empty()) made_.y = {*value};
    if (made_.keeping == Keeping::kHistory) {
      made_.x = 0;
      made_.y.resize(1);
    }
  }

  bool is_axis(std::optional<std::size_t> column) const {
    return column && (made_.columns[*column].type == ColumnType::kTime ||
                      made_.columns[*column].type == ColumnType::kNumber);
  }

  void choose_thinning() {
    made_.points = static_cast<std::size_t>(entry_.points);
    made_.counts_integers =
        entry_.kind == ChartKind::kHistogram && is_whole(plan_.schema[chosen_.front().index].type);
    made_.rows_max = kResultRowsMax;
    if (entry_.kind == ChartKind::kTable) {
      made_.rows_max = static_cast<std::size_t>(entry_.options.integer("limit"));
    }
    const bool is_result = made_.keeping == Keeping::kResult;
    switch (entry_.kind) {
      case ChartKind::kLine:
      case ChartKind::kScatter:
      case ChartKind::kNumber:
      case ChartKind::kGauge:
        made_.thinning = Thinning::kSeries;
        return;
      case ChartKind::kArea:
        made_.thinning = Thinning::kPlaces;
        return;
      case ChartKind::kBar:
        if (is_axis(made_.x)) {
          made_.thinning = Thinning::kPlaces;
          return;
        }
        break;
      case ChartKind::kHistogram:
        made_.thinning = Thinning::kSums;
        made_.y = {3};
        return;
      case ChartKind::kTable:
      case ChartKind::kMap:
        if (is_result) break;
        made_.thinning = Thinning::kNewest;
        if (entry_.kind == ChartKind::kMap) made_.rows_max = made_.points;
        return;
      default:
        break;
    }
    made_.thinning = is_result ? Thinning::kFirst : Thinning::kSums;
  }

  /// A result is shown as a whole, unless it is drawn along its time.
  void choose_range() {
    const std::int64_t given = entry_.range_us.value_or(ui_.range_us) / 1000;
    const bool along_time = made_.time && made_.x == made_.time;
    const bool ages = made_.keeping != Keeping::kResult || (along_time && !ui_.over_tables);
    if (ages || entry_.range_us) made_.range_ms = given;
    made_.keeps_left_rows = made_.keeping == Keeping::kResult && along_time && !ui_.over_tables;
    if (!made_.time) made_.range_ms = 0;
    if (entry_.kind == ChartKind::kNumber && entry_.options.has("against")) {
      // What it is compared with is a little older.
      const std::int64_t against = entry_.options.integer("against") / 1000;
      made_.range_ms = std::max(made_.range_ms, against + against / 4);
    }
    if (cuts_time_) made_.time_step_ms = std::max<std::int64_t>(1, made_.range_ms / kTimeSteps);
  }

  void write_fingerprint() {
    std::string& text = made_.fingerprint;
    text = std::string(config::chart_kind_name(entry_.kind)) + "\n" + plan_.select + "\n" +
           std::to_string(static_cast<int>(made_.keeping)) + "\n";
    for (const Column& column : made_.columns) {
      text += column.name + " " + std::string(column_type_name(column.type)) + "\n";
    }
    for (const ChartColumn& column : entry_.columns)
      text += column.option + " " + column.name + "\n";
    if (entry_.kind != ChartKind::kHistogram) return;
    if (entry_.options.has("width")) text += std::to_string(entry_.options.number("width"));
  }

  const config::ChartEntry& entry_;
  const config::UiEntry& ui_;
  const sql::QueryPlan& plan_;
  ChartSpec made_;
  std::vector<Chosen> chosen_;
  bool cuts_time_ = false;
};

}  // namespace

Result<ChartSpec> resolve(std::shared_ptr<const config::ChartEntry> entry,
                          const config::UiEntry& ui, const sql::QueryPlan& plan) {
  return Resolver(std::move(entry), ui, plan).resolve();
}

}  // namespace sluice::charts
