#include "cli/preview_view.h"

#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/error_view.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

std::string source_line(const PreviewedSource& source) {
  std::string text = counted(source.records, "record", "records") + " of " + source.name;
  if (source.dead_letters > 0) {
    text += ", " + count_text(source.dead_letters) + " of them not decoded";
  }
  return text;
}

void show_notes(const Preview& preview, const std::string& timeout) {
  const bool colour = look_at_terminal(STDERR_FILENO).colour;
  std::string read;
  for (const PreviewedSource& source : preview.sources) {
    read += (read.empty() ? "read " : "; ") + source_line(source);
    for (const std::string& line : source.undecoded) {
      write_all(STDERR_FILENO, warning_text("does not decode: " + one_line(line), colour));
    }
  }
  if (preview.has_timed_out) read += "; the time was up after " + timeout;
  if (!read.empty()) write_all(STDERR_FILENO, toned(read, Tone::kFaint, colour) + "\n");
}

void show_parts(const Preview& preview, PreviewFormat format) {
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  for (const PreviewedPart& part : preview.parts) {
    if (format != PreviewFormat::kTable) {
      write_all(STDOUT_FILENO, part.rows);
      if (!part.note.empty()) write_all(STDERR_FILENO, part.title + ": " + part.note + "\n");
      continue;
    }
    const bool is_first = &part == preview.parts.data();
    write_all(STDOUT_FILENO, (is_first ? "" : "\n") +
                                 toned(part.title, Tone::kBold, terminal.colour) + "\n" +
                                 (part.note.empty() ? part.rows : part.note + "\n"));
  }
}

}  // namespace

void show_preview(const Preview& preview, PreviewFormat format, const std::string& timeout) {
  show_parts(preview, format);
  show_notes(preview, timeout);
}

}  // namespace sluice::cli
