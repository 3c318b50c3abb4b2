#include "app/lint/reviewed.h"

namespace sluice::app {
namespace {

/// The zone that the file itself names is UTC.
bool says_utc(const config::PipelineFile& file) {
  const std::string zone = sql::lower(file.timezone);
  return file.tree.find("timezone") != nullptr &&
         (zone == "utc" || zone == "etc/utc" || zone == "gmt" || zone == "etc/gmt" || zone == "z" ||
          zone == "zulu" || zone == "etc/uct");
}

}  // namespace

void lint_times(const Reviewed& reviewed, Findings& findings) {
  const config::PipelineFile& file = reviewed.file();
  if (says_utc(file)) return;
  const auto look = [&](const std::string& what, const std::string& name,
                        const config::WatermarkEntry& watermark) {
    if (watermark.column.empty() || !reviewed.graph().live(name)) return;
    const auto type = reviewed.type_of(watermark.column, name);
    if (!type || type->id() != data::TypeId::kTimestamp) return;
    const bool has_zone = file.tree.find("timezone") != nullptr;
    findings.push_back(
        {"LINT_NAIVE_TIMESTAMP", watermark.location,
         "the event time of " + what + " '" + name + "', " + watermark.column +
             ", is a TIMESTAMP, which has no zone: it counts as UTC" +
             (has_zone ? ", although the file's timezone is " + file.timezone : "")});
  };
  for (const config::SourceEntry& entry : file.sources) {
    // What is made up has the zone that its maker likes.
    if (entry.connector.kind != "generator") look("source", entry.name, entry.watermark);
  }
  for (const config::ViewEntry& entry : file.views) look("view", entry.name, entry.watermark);
}

}  // namespace sluice::app
