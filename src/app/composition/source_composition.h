#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/composition/composition.h"

namespace sluice::app {

/// A source as the engine takes it, still without its dead letter.
struct MadeSource {
  engine::SourcePart part;
  std::vector<ConfigValue> secrets;  ///< values that the file holds and that nobody may see
};

/// A sink, or a dead letter.
struct MadeSink {
  std::unique_ptr<connector::Sink> sink;
  connector::Promise promise = connector::Promise::kAtomic;  ///< with its options
  std::string subject;                                       ///< "sink 'bronze'"
  std::string path;       ///< of its `path` option; empty: it has none
  std::string topic;      ///< of its `topic` option, likewise
  std::string exclusive;  ///< what no other sink may have, too (SinkKind::exclusive)
  std::string place;      ///< for people: the path, or the kind
  Location location;
  std::vector<ConfigValue> secrets;
};

engine::WatermarkPart watermark_part(const config::WatermarkEntry& entry);

Result<MadeSource> make_source(const config::SourceEntry& entry, const config::PipelineFile& file,
                               const Parts& parts);

struct MadeTable {
  engine::TablePart part;
  std::vector<ConfigValue> secrets;
};

Result<MadeTable> make_table(const config::TableEntry& entry, const config::PipelineFile& file,
                             const Parts& parts);

/// By the entry's `dead_letter`, else Parquet files below the checkpoint.
Result<MadeSink> make_dead_letter(const config::SourceEntry& entry,
                                  const config::PipelineFile& file, const Parts& parts);

Result<MadeSink> make_sink(const config::KindUse& use, const connector::Context& context,
                           const std::string& subject, const Parts& parts);

}  // namespace sluice::app
