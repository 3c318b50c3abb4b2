#pragma once

#include <string>
#include <vector>

#include "app/handover/spark_log.h"
#include "config/pipeline_file.h"
#include "data/offset.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Where a source is, as Spark's checkpoint says it.
struct SparkPlace {
  std::string place;             ///< SparkBatch::places
  std::vector<SparkFile> files;  ///< of a source of files: those that it has seen
  bool is_of_files = false;
};

/// Where a source is, as our checkpoint says it.
struct NativePlace {
  data::Offset offset;
  std::string log;  ///< all of connector::Source::log_entry(), from its beginning

  bool operator==(const NativePlace&) const = default;
};

/// kUser E_HANDOVER_SOURCE unless positions of the source can be handed over: Kafka's, and those of
/// files.
Status check_source(const config::SourceEntry& source);

/// The same place for Spark. kUser E_HANDOVER_SOURCE: there is none (a file is read in part).
/// REQUIRES: check_source().
Result<SparkPlace> to_spark_place(const config::SourceEntry& source, const NativePlace& native,
                                  io::FileSystem& files);

/// And back. `known`: what our checkpoint had of the source before; null offset: nothing. kUser
/// E_HANDOVER_SOURCE: Spark has read something else than the pipeline's source.
/// REQUIRES: check_source().
Result<NativePlace> to_native_place(const config::SourceEntry& source, const SparkPlace& spark,
                                    const NativePlace& known, io::FileSystem& files);

}  // namespace sluice::app
