#include <algorithm>
#include <cstddef>
#include <string_view>

#include "app/composition/secret_text.h"
#include "base/file_excerpt.h"
#include "base/json.h"
#include "base/shown_text.h"
#include "sluice/dev.h"

namespace sluice {
namespace {

constexpr int kLinesAround = 3;
/// Of rows that differ: of each list, and of one row.
constexpr std::size_t kRowsMax = 40;
constexpr std::size_t kRowBytesMax = 10'000;

OrderedJson millis(std::int64_t micros) { return static_cast<double>(micros) / 1000; }

/// In characters: those that begin in the text.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

OrderedJson problem_json(const DevProblem& problem) {
  OrderedJson json = {{"message", problem.message}, {"file", problem.file}};
  const auto place = place_in(problem.message, problem.file);
  if (!place) return json;
  json["line"] = place->line;
  json["column"] = place->column;
  json["lines"] = OrderedJson::array();
  for (const FileLine& line : lines_around(problem.file, *place, kLinesAround)) {
    OrderedJson one = {{"number", line.number}, {"text", app::without_url_secrets(line.text)}};
    if (line.column) {
      one["at"] = length_of(app::without_url_secrets(line.text.substr(0, *line.column)));
    }
    json["lines"].push_back(std::move(one));
  }
  return json;
}

OrderedJson rows_json(const std::vector<std::string>& rows) {
  OrderedJson json = OrderedJson::array();
  for (std::size_t i = 0; i < rows.size() && i < kRowsMax; ++i) {
    json.push_back(shown_text(rows[i], kRowBytesMax));
  }
  return json;
}

OrderedJson outcome_json(const TestOutcome& outcome) {
  OrderedJson json = {{"file", outcome.file},
                      {"name", outcome.name},
                      {"passed", outcome.has_passed()},
                      {"ms", millis(outcome.duration_us)}};
  if (!outcome.error.empty()) json["error"] = outcome.error;
  json["differences"] = OrderedJson::array();
  for (const TestDifference& difference : outcome.differences) {
    json["differences"].push_back({{"what", difference.what},
                                   {"place", difference.place},
                                   {"same", difference.same},
                                   {"missing_rows", difference.missing.size()},
                                   {"missing", rows_json(difference.missing)},
                                   {"unexpected_rows", difference.unexpected.size()},
                                   {"unexpected", rows_json(difference.unexpected)}});
  }
  return json;
}

OrderedJson sources_json(const Preview& preview) {
  OrderedJson json = OrderedJson::array();
  for (const PreviewedSource& source : preview.sources) {
    json.push_back({{"name", source.name},
                    {"records", source.records},
                    {"dead_letters", source.dead_letters},
                    {"undecoded", source.undecoded}});
  }
  return json;
}

/// Its rows are JSON as they are.
std::string part_json(const PreviewedPart& part) {
  OrderedJson json = {{"title", part.title}, {"note", part.note}, {"truncated", part.has_more}};
  json["columns"] = OrderedJson::array();
  for (const PreviewedColumn& column : part.columns) {
    json["columns"].push_back({{"name", column.name}, {"type", column.type}});
  }
  std::string text = dump_json(json);
  text.pop_back();
  text += ",\"rows\":[";
  for (const std::string& row : part.values) text += (&row == part.values.data() ? "" : ",") + row;
  return text + "]}";
}

}  // namespace

std::string dev_json(const DevResult& result) {
  OrderedJson json = {{"file", result.file},
                      {"changed", result.changed},
                      {"at", result.began_us / 1000},
                      {"ms", nullptr}};
  if (result.duration_us) json["ms"] = millis(*result.duration_us);
  json["errors"] = OrderedJson::array();
  for (const DevProblem& problem : result.problems) {
    json["errors"].push_back(problem_json(problem));
  }
  json["tests"] = OrderedJson::array();
  for (const TestOutcome& outcome : result.outcomes) {
    json["tests"].push_back(outcome_json(outcome));
  }
  if (!result.preview) {
    json["parts"] = nullptr;
    return dump_json(json);
  }
  json["sources"] = sources_json(*result.preview);
  if (result.preview->has_timed_out) json["timed_out"] = result.timeout;
  std::string text = dump_json(json);
  text.pop_back();
  text += ",\"parts\":[";
  for (const PreviewedPart& part : result.preview->parts) {
    text += (&part == result.preview->parts.data() ? "" : ",") + part_json(part);
  }
  return text + "]}";
}

}  // namespace sluice
