#include "config/chart_keys.h"

#include <algorithm>

#include "base/clock.h"

namespace sluice::config {
namespace {

/// A column that the option `name` names.
OptionSpec column(std::string name, std::string text, bool required = false) {
  return {.name = std::move(name),
          .type = OptionType::kText,
          .text = std::move(text),
          .required = required};
}

OptionSpec x_column(const std::string& text) { return column("x", text, true); }

OptionSpec y_columns() {
  return {.name = "y",
          .type = OptionType::kTextList,
          .text = "The column of the heights, or several: a series each.",
          .required = true,
          .example = "[read, written]"};
}

OptionSpec by_column() {
  return column("by", "A column of names: a series for each of its values, 24 at most.");
}

OptionSpec stack(std::string default_text) {
  return {.name = "stack",
          .type = OptionType::kBoolean,
          .text = "Series lie on each other, so that the top is their sum.",
          .default_text = std::move(default_text)};
}

OptionSpec sized(std::string text) { return column("size", std::move(text)); }

OptionSpec limit(std::string text, std::string default_text, double maximum) {
  return {.name = "limit",
          .type = OptionType::kInteger,
          .text = std::move(text),
          .default_text = std::move(default_text),
          .minimum = 1,
          .maximum = maximum};
}

OptionSpec thresholds(std::string text) {
  return {.name = "thresholds",
          .type = OptionType::kAny,
          .text = std::move(text),
          .example = "{80: bad}",
          .schema_json = R"({"oneOf":[{"type":"object","additionalProperties":)"
                         R"({"enum":["good","warn","bad"]}},{"type":"array","items":)"
                         R"({"$ref":"#/$defs/threshold"}}]})"};
}

ChartKindKeys line() {
  return {.kind = ChartKind::kLine,
          .name = "line",
          .text = "Lines over time or over a number.",
          .options = {x_column("The column of the places from left to right: a time or a number."),
                      y_columns(),
                      by_column(),
                      {.name = "zero",
                       .type = OptionType::kBoolean,
                       .text = "The axis of the heights begins at 0.",
                       .default_text = "false"},
                      {.name = "dash",
                       .type = OptionType::kTextList,
                       .text = "Series to be drawn as broken lines, by name.",
                       .example = "[limit]"}},
          .columns = {
              {"x", ColumnNeed::kPosition}, {"y", ColumnNeed::kNumber}, {"by", ColumnNeed::kAny}}};
}

ChartKindKeys area() {
  return {.kind = ChartKind::kArea,
          .name = "area",
          .text = "Areas over time or over a number. Rows that meet in a point are added up.",
          .options = {x_column("The column of the places from left to right: a time or a number."),
                      y_columns(), by_column(), stack("true")},
          .columns = {
              {"x", ColumnNeed::kPosition}, {"y", ColumnNeed::kNumber}, {"by", ColumnNeed::kAny}}};
}

ChartKindKeys bar() {
  return {.kind = ChartKind::kBar,
          .name = "bar",
          .text =
              "Bars: lying ones, the longest first, when `x` is a text, else standing ones over "
              "time or over a number. Rows that meet in a bar are added up.",
          .options = {x_column("The column of the bars' names or places."),
                      y_columns(),
                      by_column(),
                      stack("false"),
                      {.name = "sort",
                       .type = OptionType::kText,
                       .text = "With bars that lie, `none` keeps the order of the rows.",
                       .example = "none"},
                      limit("How many bars are shown where they lie.", "30", 1000)},
          .columns = {{"x", ColumnNeed::kPositionOrText},
                      {"y", ColumnNeed::kNumber},
                      {"by", ColumnNeed::kAny}}};
}

ChartKindKeys scatter() {
  return {.kind = ChartKind::kScatter,
          .name = "scatter",
          .text = "A point for each row.",
          .options = {x_column("The column of the places from left to right: a time or a number."),
                      column("y", "The column of the heights.", true), by_column(),
                      sized("A column of numbers that the points' areas show.")},
          .columns = {{"x", ColumnNeed::kPosition},
                      {"y", ColumnNeed::kNumber},
                      {"by", ColumnNeed::kAny},
                      {"size", ColumnNeed::kNumber}}};
}

ChartKindKeys histogram() {
  return {.kind = ChartKind::kHistogram,
          .name = "histogram",
          .text =
              "How many rows have a value between two borders. Rows are counted here, so a "
              "page gets the counts alone.",
          .options = {x_column("The column of the values."),
                      {.name = "bins",
                       .type = OptionType::kInteger,
                       .text = "How many bins at most; their borders are round numbers.",
                       .default_text = "30",
                       .minimum = 2,
                       .maximum = 200},
                      {.name = "width",
                       .type = OptionType::kDouble,
                       .text = "How wide each bin is, in place of `bins`.",
                       .minimum = 1e-12,
                       .example = "0.5"}},
          .columns = {{"x", ColumnNeed::kNumber}}};
}

ChartKindKeys heatmap() {
  return {.kind = ChartKind::kHeatmap,
          .name = "heatmap",
          .text =
              "A field of cells, each coloured by its value. Rows that meet in a cell are added "
              "up.",
          .options = {x_column("The column of the cells' places from left to right."),
                      column("y", "The column of their places from top to bottom.", true),
                      column("value", "The column of their values.", true)},
          .columns = {
              {"x", ColumnNeed::kAny}, {"y", ColumnNeed::kAny}, {"value", ColumnNeed::kNumber}}};
}

ChartKindKeys donut() {
  return {
      .kind = ChartKind::kDonut,
      .name = "donut",
      .text = "Parts of a whole. Rows of the same part are added up.",
      .options = {column("part", "The column of the parts' names.", true),
                  column("value", "The column of their sizes.", true),
                  limit("How many parts are shown; the smallest become one, `other`.", "7", 24)},
      .columns = {{"part", ColumnNeed::kAny}, {"value", ColumnNeed::kNumber}}};
}

ChartKindKeys number() {
  return {.kind = ChartKind::kNumber,
          .name = "number",
          .text = "One large number, of the last row of the query, with its past as a small line.",
          .options = {column("value", "The column of the number.", true),
                      {.name = "against",
                       .type = OptionType::kDuration,
                       .text = "Shown beside it: by how much it has changed since so long ago.",
                       .minimum = 1'000,
                       .maximum = kDay * 31,
                       .example = "15m"},
                      column("before",
                             "Shown beside it: by how much it differs from this column of the "
                             "same row."),
                      {.name = "good",
                       .type = OptionType::kChoice,
                       .text = "Which change is a good one, for its colour.",
                       .choices = {"up", "down"}},
                      {.name = "spark",
                       .type = OptionType::kBoolean,
                       .text = "The small line below the number.",
                       .default_text = "true"}},
          .columns = {{"value", ColumnNeed::kNumber}, {"before", ColumnNeed::kNumber}}};
}

ChartKindKeys gauge() {
  return {.kind = ChartKind::kGauge,
          .name = "gauge",
          .text = "A number, of the last row of the query, between two ends.",
          .options = {column("value", "The column of the number.", true),
                      {.name = "min",
                       .type = OptionType::kDouble,
                       .text = "The left end.",
                       .default_text = "0"},
                      {.name = "max",
                       .type = OptionType::kDouble,
                       .text = "The right end.",
                       .default_text = "100"}},
          .columns = {{"value", ColumnNeed::kNumber}}};
}

ChartKindKeys table() {
  return {
      .kind = ChartKind::kTable,
      .name = "table",
      .text = "The rows themselves.",
      .options = {{.name = "columns",
                   .type = OptionType::kAny,
                   .text =
                       "Which columns, in which order and how: a map of column to options, or a "
                       "list of columns. By default all.",
                   .example = "{kw: {label: Power, digits: 1, bar: true}}",
                   .schema_json = R"({"oneOf":[{"type":"array","items":{"type":"string"}},)"
                                  R"({"type":"object","additionalProperties":)"
                                  R"({"$ref":"#/$defs/chart_column"}}]})"},
                  {.name = "sort",
                   .type = OptionType::kText,
                   .text = "The column to sort by; with a minus before it, the greatest first. By "
                           "default the order of the query.",
                   .example = "-kw"},
                  {.name = "search",
                   .type = OptionType::kBoolean,
                   .text = "With a field to search in.",
                   .default_text = "false"},
                  limit("How many rows are kept: the first, or of a batch's rows the newest.",
                        "200", 10'000)},
      .columns = {}};
}

ChartKindKeys map() {
  return {
      .kind = ChartKind::kMap,
      .name = "map",
      .text = "A point on a map for each row.",
      .options = {column("lat", "The column of the latitudes, in degrees.", true),
                  column("lon", "The column of the longitudes, in degrees.", true),
                  sized("A column of numbers that the points' areas show."),
                  column("value", "A column of numbers that the points' colours show."),
                  column("name", "A column of names."),
                  {.name = "box",
                   .type = OptionType::kAny,
                   .text = "What the map shows: [south, west, north, east] in degrees. By default "
                           "what the points need.",
                   .example = "[47, 5, 55, 15]",
                   .schema_json = R"({"type":"array","items":{"type":"number"},"minItems":4,)"
                                  R"("maxItems":4})"}},
      .columns = {{"lat", ColumnNeed::kNumber},
                  {"lon", ColumnNeed::kNumber},
                  {"size", ColumnNeed::kNumber},
                  {"value", ColumnNeed::kNumber},
                  {"name", ColumnNeed::kAny}}};
}

std::vector<OptionSpec> look_keys() {
  return {
      {.name = "title",
       .type = OptionType::kText,
       .text = "What is written above it. By default its name.",
       .example = "Power now"},
      {.name = "tab",
       .type = OptionType::kText,
       .text = "The tab of the dashboard that it is on; a tab is there once a chart names it.",
       .default_text = "Charts",
       .example = "Network"},
      {.name = "help", .type = OptionType::kText, .text = "A line of explanation below the title."},
      {.name = "unit",
       .type = OptionType::kText,
       .text = "The unit of its values: `ms`, `bytes`, `%`, `€` or any text.",
       .example = "°C"},
      {.name = "digits",
       .type = OptionType::kInteger,
       .text = "Digits after the point.",
       .minimum = 0,
       .maximum = 12},
      {.name = "width",
       .type = OptionType::kInteger,
       .text = "Its width in twelfths of the page. By default 3 of a number or a gauge, 6 of the "
               "others.",
       .minimum = 1,
       .maximum = 12},
      {.name = "height",
       .type = OptionType::kInteger,
       .text = "Its height in pixels.",
       .minimum = 40,
       .maximum = 2000},
      thresholds("Values from which on something is worth a look: a map of value to `good`, "
                 "`warn` or `bad`, or a list of {at, tone, label}."),
  };
}

}  // namespace

const std::vector<OptionSpec>& chart_keys() {
  static const std::vector<OptionSpec> kKeys = [] {
    std::vector<OptionSpec> keys = {
        {.name = "sql",
         .type = OptionType::kText,
         .text = "A SELECT over sources, views and tables. What reads a source, or a view of a "
                 "stream's rows, has the rows of a batch, and each batch adds to the chart; what "
                 "reads results alone (aggregates, tables) replaces what the chart had.",
         .example = "SELECT shop, sum(amount) AS total FROM sales GROUP BY shop"},
        {.name = "from",
         .type = OptionType::kText,
         .text =
             "The source, view or table whose rows the chart shows, in place of `sql`. The name "
             "of a sink stands for what the sink reads.",
         .example = "totals"},
        {.name = "markdown",
         .type = OptionType::kText,
         .text = "A text in place of a chart: bold, emphasis, code, lists and links.",
         .example = "\"**Hot** means above 80 °C.\""},
    };
    for (OptionSpec& key : look_keys()) keys.push_back(std::move(key));
    const std::vector<OptionSpec> bounds = {
        {.name = "range",
         .type = OptionType::kDuration,
         .text =
             "How long rows are kept, by the first column that is a time, or else by when their "
             "batch began. By default that of `ui`.",
         .minimum = 1'000'000,
         .maximum = kDay * 366,
         .example = "1h"},
        {.name = "refresh",
         .type = OptionType::kDuration,
         .text =
             "A query over results is asked at most once in so long. One over a batch's rows is "
             "asked in each batch.",
         .default_text = "1s",
         .minimum = 0,
         .maximum = kDay},
        {.name = "points",
         .type = OptionType::kInteger,
         .text = "How many rows of a series are kept. Of older ones beyond that the least and the "
                 "greatest of each stretch stay.",
         .default_text = "2000",
         .minimum = 10,
         .maximum = 20'000},
    };
    keys.insert(keys.end(), bounds.begin(), bounds.end());
    return keys;
  }();
  return kKeys;
}

const std::vector<ChartKindKeys>& chart_kinds() {
  static const std::vector<ChartKindKeys> kKinds = {
      line(),
      area(),
      bar(),
      scatter(),
      histogram(),
      heatmap(),
      donut(),
      number(),
      gauge(),
      table(),
      map(),
      {.kind = ChartKind::kMarkdown, .name = "markdown", .text = "", .options = {}, .columns = {}},
  };
  return kKinds;
}

const std::vector<OptionSpec>& chart_column_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "label",
       .type = OptionType::kText,
       .text = "What is written above the column. By default its name."},
      {.name = "unit", .type = OptionType::kText, .text = "As that of a chart."},
      {.name = "digits",
       .type = OptionType::kInteger,
       .text = "Digits after the point.",
       .minimum = 0,
       .maximum = 12},
      {.name = "bar",
       .type = OptionType::kBoolean,
       .text = "A bar under the number, as long as it is great.",
       .default_text = "false"},
      thresholds("As those of a chart."),
  };
  return kKeys;
}

const std::vector<OptionSpec>& threshold_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "at",
       .type = OptionType::kDouble,
       .text = "The value.",
       .required = true,
       .example = "80"},
      {.name = "tone",
       .type = OptionType::kChoice,
       .text = "What values from it on are.",
       .default_text = "warn",
       .choices = {"good", "warn", "bad"}},
      {.name = "label", .type = OptionType::kText, .text = "A word beside it.", .example = "limit"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& ui_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "range",
       .type = OptionType::kDuration,
       .text = "How long charts keep their rows, unless one says otherwise.",
       .default_text = "15m",
       .minimum = 1'000'000,
       .maximum = kDay * 366,
       .example = "1h"},
      {.name = "filters",
       .type = OptionType::kTextList,
       .text = "Columns to filter a dashboard by: a choice of their values, which acts on each "
               "chart that has the column.",
       .example = "[region]"},
      {.name = "listen",
       .type = OptionType::kText,
       .text = "Serves the live page, as `--ui ADDRESS:PORT` does, which goes before it; a port "
               "alone is of the loopback. Pipelines of one process have one page, so their files "
               "must agree. Another address than the loopback needs a token, and TLS or `plain`.",
       .example = "127.0.0.1:8484"},
      {.name = "token_file",
       .type = OptionType::kPath,
       .text = "A file whose first line whoever opens the page must know, 16 characters at least; "
               "otherwise the environment's SLUICE_TOKEN.",
       .example = "/run/secrets/page-token"},
      {.name = "certificate",
       .type = OptionType::kPath,
       .text = "PEM file, for https: the page's own certificate, then those up to the authority's.",
       .example = "/etc/sluice/page.pem"},
      {.name = "key",
       .type = OptionType::kPath,
       .text = "PEM file of the certificate's key.",
       .example = "/etc/sluice/page.key"},
      {.name = "plain",
       .type = OptionType::kBoolean,
       .text = "Another address than the loopback is served without TLS: somebody else encrypts. "
               "By default it is not."},
      {.name = "hosts",
       .type = OptionType::kTextList,
       .text = "Names by which browsers call the page, besides its address.",
       .example = "[sluice.example.com]"},
  };
  return kKeys;
}

const ChartKindKeys& keys_of(ChartKind kind) {
  return *std::ranges::find(chart_kinds(), kind, &ChartKindKeys::kind);
}

std::string_view chart_kind_name(ChartKind kind) { return keys_of(kind).name; }

}  // namespace sluice::config
