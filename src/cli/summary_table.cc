#include "cli/summary_table.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <vector>

#include "base/quantity_text.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kReasonBytesMax = 160;
constexpr std::size_t kReasonsMax = 5;
using Row = std::vector<std::string>;

/// A promise of a sink that is less than "exactly once", as a footnote says it.
struct Footnote {
  std::string_view promise;
  std::string_view mark;
  std::string_view meaning;
};
constexpr std::array<Footnote, 2> kFootnotes = {
    {{"at least once", "*", "after a crash it may show a batch again"},
     {"exactly once by key", "**", "the rows of a batch appear one after the other"}}};

/// A column of the table. Those that only some runs need are left out where they hold nothing.
struct Column {
  const char* header;
  std::int64_t SinkProgress::* count;
  bool always;
};

/// The header is the equation that the numbers below it obey.
constexpr std::array<Column, 6> kCounts = {{{"rows in", &SinkProgress::rows_in, true},
                                            {"+ added", &SinkProgress::added, false},
                                            {"= rows out", &SinkProgress::kept, true},
                                            {"+ filtered", &SinkProgress::filtered, true},
                                            {"+ dead letters", &SinkProgress::dead_letters, true},
                                            {"+ late", &SinkProgress::late, false}}};

std::string short_line(const std::string& text) {
  return one_line(text.substr(0, kReasonBytesMax)) + (text.size() > kReasonBytesMax ? "..." : "");
}

std::string written_text(const SinkProgress& sink) {
  std::string text = counted(sink.rows, "row", "rows");
  if (sink.bytes > 0) text += ", " + bytes_text(sink.bytes);
  if (sink.waiting > 0) text += ", " + count_text(sink.waiting) + " waiting";
  return text;
}

std::string table(const std::vector<Row>& rows, bool colour) {
  const std::size_t columns = rows[0].size();
  std::vector<std::size_t> widths(columns);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = "  ";
    for (std::size_t i = 0; i < columns; ++i) {
      const std::string padding(widths[i] - rows[r][i].size(), ' ');
      const bool left = i == 0 || i + 1 == columns;
      line += left ? rows[r][i] + padding : padding + rows[r][i];
      if (i + 1 < columns) line += i + 2 == columns ? "   " : "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += toned(line, r == 0 ? Tone::kFaint : Tone::kPlain, colour) + "\n";
  }
  return text;
}

std::string headline(const PipelineDescription& pipeline, const RunSummary& summary, bool colour) {
  const std::int64_t rows = std::accumulate(
      summary.sources.begin(), summary.sources.end(), std::int64_t{0},
      [](std::int64_t sum, const SourceProgress& source) { return sum + source.rows; });
  std::string text = toned(pipeline.name, Tone::kBold, colour) + ": ";
  if (summary.batches == 0) {
    text += "no new rows";
  } else {
    text += counted(summary.batches, "batch", "batches") + ", " + counted(rows, "row", "rows") +
            " in " + duration_text(summary.duration_us) + " (" +
            rate_text(rows, summary.duration_us) + ")";
  }
  if (summary.stopped_by_user) text += ", stopped";
  return text + "\n";
}

/// The most frequent reasons, one a line, each with an example.
std::string reason_lines(std::vector<DeadLetterReason> reasons, bool colour) {
  std::ranges::stable_sort(reasons, std::ranges::greater(), &DeadLetterReason::count);
  std::string text;
  std::size_t width = 0;
  std::int64_t others = 0;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    const std::string count = count_text(reasons[i].count);
    if (i == 0) width = count.size();
    if (i >= kReasonsMax) {
      others += reasons[i].count;
      continue;
    }
    const std::string line = std::string(width - count.size(), ' ') + count + "  " +
                             reasons[i].reason + "; " +
                             (reasons[i].count > 1 ? "the first: " : "") + reasons[i].first;
    text += toned("    " + short_line(line), Tone::kFaint, colour) + "\n";
  }
  if (others > 0) {
    text += toned("    " + count_text(others) + " of " +
                      counted(static_cast<std::int64_t>(reasons.size() - kReasonsMax),
                              "other reason", "other reasons"),
                  Tone::kFaint, colour) +
            "\n";
  }
  return text;
}

std::string dead_letter_lines(const PipelineDescription& pipeline, const SourceProgress& source,
                              bool colour) {
  if (source.dead_letters == 0) return "";
  const auto part = std::ranges::find(pipeline.sources, source.name, &PartDescription::name);
  std::string text = "  " + counted(source.dead_letters, "dead letter", "dead letters") +
                     " of source " + source.name;
  if (part != pipeline.sources.end() && !part->dead_letters.empty()) {
    text += " in " + part->dead_letters;
  }
  return toned(text, Tone::kYellow, colour) + "\n" + reason_lines(source.reasons, colour);
}

/// Lines that were read and are not records.
std::string blank_line(const SourceProgress& source, bool colour) {
  if (source.blank_lines == 0) return "";
  return toned("  " + counted(source.blank_lines, "blank line", "blank lines") + " of source " +
                   source.name + " skipped",
               Tone::kFaint, colour) +
         "\n";
}

/// "10 of 2,250 rows came too late for view v", and which delays would have kept them.
std::string late_lines(const PipelineDescription& pipeline, const ViewProgress& view, bool colour) {
  if (view.late == 0) return "";
  std::string text =
      toned("  " + count_text(view.late) + " of " + counted(view.rows_in, "row", "rows") +
                " came too late for view " + view.name,
            Tone::kYellow, colour) +
      "\n";
  for (const DelayAdvice& advice : view.advice) {
    std::string delays;
    for (const auto& [name, micros] : advice.delays_us) {
      const bool source = std::ranges::any_of(
          pipeline.sources, [&name](const PartDescription& part) { return part.name == name; });
      delays += (delays.empty() ? "" : ", ") + ("delay " + duration_option_text(micros)) +
                (source ? " of source " : " of view ") + name;
    }
    const std::string kept =
        advice.kept_percent < 100 ? percent_text(advice.kept_percent) : "all of them";
    text += toned("    " + delays + " would have kept " + kept, Tone::kFaint, colour) + "\n";
  }
  return text;
}

std::string footnote_line(const Footnote& footnote, bool colour) {
  const std::string text = "  " + std::string(footnote.mark) + " " + std::string(footnote.promise) +
                           ": " + std::string(footnote.meaning);
  return toned(text, Tone::kFaint, colour) + "\n";
}

void add_once(std::string& lines, const std::string& line) {
  if (lines.find(line) == std::string::npos) lines += line;
}

}  // namespace

std::string summary_text(const PipelineDescription& pipeline, const RunSummary& summary,
                         bool colour) {
  std::string text = headline(pipeline, summary, colour);
  if (summary.batches == 0) return text;
  std::vector<Column> counts(kCounts.begin(), kCounts.end());
  std::erase_if(counts, [&summary](const Column& column) {
    return !column.always && std::ranges::none_of(summary.sinks, [&column](const auto& sink) {
      return sink.*column.count > 0;
    });
  });
  std::vector<Row> rows = {{"sink"}};
  for (const Column& column : counts) rows[0].emplace_back(column.header);
  rows[0].emplace_back("written");
  std::string footnotes;
  for (const SinkProgress& sink : summary.sinks) {
    const auto part = std::ranges::find(pipeline.sinks, sink.name, &PartDescription::name);
    const std::string promise = part == pipeline.sinks.end() ? "" : part->promise;
    const auto footnote = std::ranges::find(kFootnotes, promise, &Footnote::promise);
    Row row = {sink.name};
    if (footnote != kFootnotes.end()) {
      row[0] += " " + std::string(footnote->mark);
      add_once(footnotes, footnote_line(*footnote, colour));
    }
    for (const Column& column : counts) row.push_back(count_text(sink.*column.count));
    row.push_back(written_text(sink));
    rows.push_back(std::move(row));
  }
  text += "\n" + table(rows, colour);
  text += footnotes;
  std::string notes;
  for (const SourceProgress& source : summary.sources) {
    notes += dead_letter_lines(pipeline, source, colour) + blank_line(source, colour);
  }
  for (const ViewProgress& view : summary.views) {
    notes += late_lines(pipeline, view, colour);
  }
  return notes.empty() ? text : text + "\n" + notes;
}

}  // namespace sluice::cli
