#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config_value.h"
#include "base/options.h"
#include "config/alert_entry.h"
#include "config/chart_entry.h"
#include "config/function_entry.h"
#include "config/roll_entry.h"
#include "config/variables.h"
#include "config/view_entry.h"
#include "config/watermark_entry.h"
#include "connector/sink.h"
#include "sluice/base/result.h"
#include "sluice/base/shard.h"

namespace sluice::config {

/// A connector or format as a pipeline file uses it: its key and its options, not yet checked.
struct KindUse {
  std::string kind;
  ConfigValue options;  ///< a map, or null: none given
  Location location;    ///< of the key
};

/// One of the connector's own columns, under the name that SQL sees.
struct MetadataColumn {
  std::string name;
  std::string column;
  Location location;
};

struct SourceEntry {
  std::string name;
  std::string renamed_from;  ///< "": it never had another name
  Location location;
  KindUse connector;
  std::optional<KindUse> format;  ///< null: the connector's own columns only
  std::vector<MetadataColumn> metadata;
  std::optional<KindUse> dead_letter;  ///< null: the default one
  WatermarkEntry watermark;
};

/// A table that is read in full: through a source's connector, or by a kind of its own.
struct TableEntry {
  SourceEntry source;
  std::int64_t refresh_us = 0;  ///< 0: never again
  bool latest_by_key = false;
  Location latest_by_key_location;
};

struct SinkEntry {
  std::string name;
  Location location;
  std::string from;
  connector::OutputMode mode = connector::OutputMode::kAppend;
  RollEntry roll;
  Location mode_location;
  connector::UpsertKey upsert;  ///< of mode: upsert
  std::string delete_when;      ///< of mode: upsert; SQL, "": none
  Location delete_when_location;
  KindUse connector;
};

/// A name for a folder of a bucket; its options are io's to check.
struct MountEntry {
  std::string name;
  Location location;
  ConfigValue s3;
};

struct TriggerEntry {
  enum class Kind : unsigned char { kEvery, kOnce, kAvailableNow, kContinuous };
  Kind kind = Kind::kContinuous;
  std::int64_t every_us = 0;
};

/// A pipeline file with names, shapes and references checked; what connectors, formats and SQL say
/// of it comes later.
struct PipelineFile {
  std::string path;
  std::string name;
  /// The part of it that is run; name and checkpoint are then the shard's. Null: all.
  std::optional<Shard> shard{};
  std::vector<SourceEntry> sources;
  std::vector<TableEntry> tables;
  std::vector<FunctionEntry> functions;  ///< in the order of the file
  std::vector<ViewEntry> views;
  std::vector<SinkEntry> sinks;
  std::vector<ChartEntry> charts;
  UiEntry ui;
  TriggerEntry trigger;
  bool greatest_watermark = false;  ///< watermark_policy: max
  std::string timezone;
  Location timezone_location;
  std::string checkpoint;         ///< "": a dashboard that keeps nothing
  std::optional<Options> backup;  ///< by backup_keys()
  Options engine;                 ///< by engine_keys()
  ConfigValue s3;                 ///< a map, or null: none given; io's to check
  std::vector<MountEntry> mounts;
  AlertEntries alerting;  ///< alerts, and whom they inform
  std::string text;       ///< the file as it was read: ${...} is still in it
  /// values_used() of what is SQL in it: views, functions and charts.
  std::map<std::string, std::string> sql_variables;
  ConfigValue tree;                                    ///< all of it, with what ${...} stands for
  std::map<std::pair<int, int>, WrittenText> written;  ///< written_texts()
};

/// The connectors and formats that there are, by name.
struct KnownKinds {
  std::vector<std::string> sources;
  std::vector<std::string> sinks;
  std::vector<std::string> formats;
  std::vector<std::string> tables{};  ///< beside the sources
  std::vector<std::string> receivers{};
};

/// Reads the text of a pipeline file. Reports the first problem as a kUser error with its place,
/// what is wrong and how to fix it.
Result<PipelineFile> read_pipeline_text(std::string_view text, const std::string& path,
                                        const KnownKinds& kinds, const Variables& variables);

/// Makes it that part of itself, with a name and a checkpoint of its own.
void keep_to_shard(PipelineFile& file, const Shard& shard);

/// As read_pipeline_text, from the file `path`.
Result<PipelineFile> read_pipeline_file(const std::string& path, const KnownKinds& kinds,
                                        const Variables& variables);

}  // namespace sluice::config
