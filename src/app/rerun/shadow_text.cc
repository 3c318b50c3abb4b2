#include <array>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/list_text.h"
#include "base/quantity_text.h"
#include "base/shown_text.h"
#include "config/names.h"
#include "sluice/shadow.h"

namespace sluice {
namespace {

using Sort = RowDifference::Sort;

/// Of a value.
constexpr std::size_t kBytesMax = 100;

constexpr std::array kSorts = {std::pair{Sort::kChanged, "changed"},
                               std::pair{Sort::kAdded, "added"},
                               std::pair{Sort::kRemoved, "removed"}};

std::string value_text(const std::optional<std::string>& value) {
  return value ? shown_text(*value, kBytesMax) : "NULL";
}

std::string row_text(const RowDifference& row) {
  std::string text;
  for (const auto& [column, value] : row.row) {
    text += (text.empty() ? "" : ", ") + column + ": " + value_text(value);
  }
  text = "{" + text + "}";
  std::string changes;
  for (const RowDifference::Change& change : row.changes) {
    changes += (changes.empty() ? "  " : ", ") + change.column + ": " + value_text(change.before) +
               " -> " + value_text(change.after);
  }
  return text + changes;
}

char sign_of(Sort sort) { return sort == Sort::kAdded ? '+' : sort == Sort::kRemoved ? '-' : '~'; }

std::int64_t count_of(const SinkDifference& sink, Sort sort) {
  if (sort == Sort::kAdded) return sink.added;
  return sort == Sort::kRemoved ? sink.removed : sink.changed;
}

std::string counts_text(const SinkDifference& sink) {
  std::string text = count_text(sink.same) + " same";
  for (const auto& [sort, word] : kSorts) {
    const std::int64_t count = count_of(sink, sort);
    if (count == 0) continue;
    text += ", " + count_text(count) + " " + word;
    if (sort != Sort::kChanged) continue;
    std::string columns;
    for (const auto& [column, rows] : sink.changed_columns) {
      columns += (columns.empty() ? "" : ", ") + column + " in " + count_text(rows);
    }
    text += " (" + columns + ")";
  }
  return text;
}

std::string sink_text(const SinkDifference& sink) {
  const std::string title = "  sink " + sink.name + ": ";
  if (sink.is_new) {
    return title + "is new, and would have " + counted(sink.after, "row", "rows") + "\n";
  }
  if (sink.is_dropped) {
    return title + "is gone, and had " + counted(sink.before, "row", "rows") + "\n";
  }
  const std::string by = !sink.key           ? "whole rows"
                         : sink.key->empty() ? "the one row"
                                             : "by " + joined(*sink.key);
  std::string text = title + counted(sink.before, "row", "rows") + " before, " +
                     count_text(sink.after) + " now (" + by + "): " + counts_text(sink) + "\n";
  for (const std::string& note : sink.notes) text += "    " + note + "\n";
  for (const auto& [sort, word] : kSorts) {
    std::int64_t left = count_of(sink, sort);
    for (const RowDifference& row : sink.rows) {
      if (row.sort != sort) continue;
      text += std::string("    ") + sign_of(sort) + " " + row_text(row) + "\n";
      --left;
    }
    if (left > 0) text += "      " + count_text(left) + " more " + word + "\n";
  }
  return text;
}

std::string records_text(std::int64_t records, std::int64_t dead_letters) {
  return counted(records, "record", "records") +
         (dead_letters > 0 ? ", " + count_text(dead_letters) + " of them not decoded" : "");
}

std::string source_text(const Shadowed::Source& source) {
  std::string text =
      "  " + source.name + ": " + records_text(source.after, source.after_dead_letters);
  if (source.before != source.after || source.before_dead_letters != source.after_dead_letters) {
    text += " (before: " + records_text(source.before, source.before_dead_letters) + ")";
  }
  return text + "\n";
}

OrderedJson row_json(const RowDifference& row) {
  const auto value = [](const std::optional<std::string>& text) {
    return text ? OrderedJson(*text) : OrderedJson();
  };
  OrderedJson columns = OrderedJson::object();
  for (const auto& [column, text] : row.row) columns[column] = value(text);
  OrderedJson made = {{row.sort == Sort::kChanged ? "key" : "row", std::move(columns)}};
  if (row.sort == Sort::kChanged) {
    OrderedJson& changes = made["changes"] = OrderedJson::object();
    for (const RowDifference::Change& change : row.changes) {
      changes[change.column] = {{"before", value(change.before)}, {"after", value(change.after)}};
    }
  }
  return made;
}

OrderedJson sink_json(const SinkDifference& sink) {
  const char* fate = sink.is_new ? "new" : sink.is_dropped ? "dropped" : "kept";
  OrderedJson made = {{"name", sink.name},
                      {"fate", fate},
                      {"differs", sink.differs()},
                      {"before", sink.before},
                      {"after", sink.after}};
  if (sink.is_new || sink.is_dropped) return made;
  made["key"] = sink.key ? OrderedJson(*sink.key) : OrderedJson();
  made["same"] = sink.same;
  for (const auto& [sort, word] : kSorts) made[word] = count_of(sink, sort);
  made["changed_columns"] = sink.changed_columns;
  made["notes"] = sink.notes;
  OrderedJson& rows = made["rows"] = OrderedJson::object();
  for (const auto& [sort, word] : kSorts) {
    rows[word] = OrderedJson::array();
    for (const RowDifference& row : sink.rows) {
      if (row.sort == sort) rows[word].push_back(row_json(row));
    }
  }
  return made;
}

}  // namespace

std::string shadow_text(const Shadowed& shadowed) {
  std::string text = "the last start's file and this one, after batch " +
                     std::to_string(shadowed.batch) +
                     (shadowed.went_on ? "; read since the last call:\n" : "; read:\n");
  for (const Shadowed::Source& source : shadowed.sources) text += source_text(source);
  if (shadowed.late_before > 0 || shadowed.late_after > 0) {
    text += "  too late: " + counted(shadowed.late_after, "row", "rows") +
            " (before: " + count_text(shadowed.late_before) +
            "); batches are cut again, so the pipeline itself may have had others\n";
  }
  text += "\n";
  for (const SinkDifference& sink : shadowed.sinks) text += sink_text(sink);
  std::int64_t differ = 0;
  for (const SinkDifference& sink : shadowed.sinks) differ += sink.differs() ? 1 : 0;
  const auto all = static_cast<std::int64_t>(shadowed.sinks.size());
  return text + "\n" + count_text(differ) + " of " + counted(all, "sink", "sinks") + " " +
         (differ == 1 ? "differs" : "differ") + "\n";
}

std::string shadow_json(const Shadowed& shadowed) {
  OrderedJson made = {{"version", 1},
                      {"batch", shadowed.batch},
                      {"differs", shadowed.differs()},
                      {"went_on", shadowed.went_on},
                      {"late_before", shadowed.late_before},
                      {"late_after", shadowed.late_after}};
  OrderedJson& sources = made["sources"] = OrderedJson::array();
  for (const Shadowed::Source& source : shadowed.sources) {
    OrderedJson to = parse_ordered_json(source.to);
    sources.push_back({{"name", source.name},
                       {"to", to.is_discarded() ? OrderedJson(source.to) : std::move(to)},
                       {"before", source.before},
                       {"after", source.after},
                       {"before_dead_letters", source.before_dead_letters},
                       {"after_dead_letters", source.after_dead_letters}});
  }
  OrderedJson& sinks = made["sinks"] = OrderedJson::array();
  for (const SinkDifference& sink : shadowed.sinks) sinks.push_back(sink_json(sink));
  return dump_json(made, 2) + "\n";
}

}  // namespace sluice
