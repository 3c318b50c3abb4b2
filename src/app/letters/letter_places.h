#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/pipeline_file.h"
#include "connector/registry.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Where the dead letters of a source are.
struct LetterPlace {
  enum class Kind : unsigned char {
    kFolder,     ///< of Parquet files
    kDelta,      ///< a Delta table
    kElsewhere,  ///< nowhere that can be read back
  };
  std::string source;
  std::set<std::string> names;  ///< of the source: its own, and the one it had before
  Kind kind = Kind::kFolder;
  std::string path;
  std::string writer;        ///< of a folder: the sink's name in its files
  std::string words;         ///< of kElsewhere, for people: "the kafka sink 'topic: broken'"
  bool has_lines = false;    ///< places are lines of files
  std::string not_replayed;  ///< why its records are not to be replayed; "": they are
};

/// Of all sources; of one that had another name before, the place under that one, too. kUser:
/// options that are wrong.
Result<std::vector<LetterPlace>> letter_places(const config::PipelineFile& file,
                                               const connector::Registry& registry,
                                               const io::FileSystem& files);

/// "orders partition=0 offset=17" as messages have it.
struct LetterOrigin {
  std::string origin;
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::int64_t> element;
};
std::string letter_place_text(const LetterPlace& place, const LetterOrigin& origin);

}  // namespace sluice::app
