#include "config/watermark_entry.h"

#include "base/options.h"
#include "config/keys.h"

namespace sluice::config {

Result<WatermarkEntry> read_watermark(const ConfigValue& value, const std::string& subject) {
  SLUICE_ASSIGN(const Options options,
                Options::validate(watermark_keys(), value, "the watermark of " + subject));
  WatermarkEntry entry;
  entry.column = options.text("column");
  if (entry.column.find_first_not_of(" \t\r\n") == std::string::npos) {
    return options.value("column").error(
        "the watermark's 'column' must name a column or be an SQL "
        "expression over the columns of the rows, not be empty");
  }
  entry.location = options.value("column").location();
  entry.delay_us = options.integer("delay");
  if (options.has("idle_after")) entry.idle_after_us = options.integer("idle_after");
  entry.advances_when_idle = options.has("when_idle") && options.text("when_idle") == "advance";
  if (options.has("when_idle") && !options.has("idle_after")) {
    return options.value("when_idle")
        .error(
            "'when_idle' says what happens after 'idle_after', which is missing; add it, such as "
            "idle_after: 1m");
  }
  return entry;
}

}  // namespace sluice::config
