#include "config/roll_entry.h"

#include "base/options.h"
#include "config/keys.h"

namespace sluice::config {

Result<RollEntry> read_roll(const ConfigValue& value, const std::string& subject) {
  SLUICE_ASSIGN(const Options options,
                Options::validate(roll_keys(), value, "'roll' of " + subject));
  RollEntry entry;
  entry.location = value.location();
  if (options.has("rows")) entry.rows = options.integer("rows");
  if (options.has("size")) entry.bytes = options.integer("size");
  if (options.has("every")) entry.every_us = options.integer("every");
  if (entry.rows == 0 && entry.bytes == 0 && entry.every_us == 0) {
    return value.error("'roll' of " + subject +
                       " says when waiting rows make a file: give it rows, size or every");
  }
  return entry;
}

}  // namespace sluice::config
