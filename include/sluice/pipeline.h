#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/base/shard.h"

namespace sluice {

/// A source, view or sink of a pipeline in words, for people.
struct PartDescription {
  std::string name;
  std::string kind;  ///< "kafka, json", "stateless", "delta"
  /// Of a source or view: its columns. Of a sink: what it reads, and how.
  std::string detail;
  /// Of a source: where records go that do not decode. Empty: every record does.
  std::string dead_letters;
  /// Of a sink that promises less than "exactly once": "exactly once by key", "at least once".
  std::string promise;
  /// Of a view or sink: the sources, tables and views that it reads.
  std::vector<std::string> reads;
  std::string sql;        ///< of a view, as the file has it
  std::string watermark;  ///< of a source or view: "ts, delay 10s"; "": none
  bool has_state = false;
};

/// How the page of a process that runs the pipeline is served, as the pipeline's file says it
/// (`ui`).
struct PageDescription {
  std::string address;  ///< "": it says nothing
  std::string token_file;
  std::string certificate;
  std::string key;
  bool plain = false;
  std::vector<std::string> hosts;
  std::string place;  ///< of the address: "pipeline.yaml:3:9"
};

/// An option as it holds, in words.
struct SettingDescription {
  std::string name;    ///< "sources.orders.kafka.topic"
  std::string value;   ///< *** where it is secret, or may be
  std::string origin;  ///< "file", "default", "environment NAME", "--var NAME", "file PATH"
  int line = 0;        ///< in the pipeline file; 0: it is not there
  int column = 0;
};

struct PipelineDescription {
  std::string name;
  std::string trigger;  ///< "every 5s", "available_now" ...
  std::string checkpoint;
  std::vector<PartDescription> sources;
  std::vector<PartDescription> tables;
  std::vector<PartDescription> views;
  std::vector<PartDescription> sinks;
  std::vector<std::string> warnings;  ///< with their places; the pipeline runs nevertheless
  std::int64_t every_us = 0;          ///< of the trigger; 0: it has no interval
  PageDescription page;
  std::string text;                            ///< of the file, with *** in the place of secrets
  std::vector<SettingDescription> settings{};  ///< in the order of the file, each followed by the
                                               ///< defaults of its table
};

/// One thing that was tried at a connection.
struct ConnectionStep {
  std::string name;         ///< "connect", "read topic invoices", "write out/table"
  bool is_skipped = false;  ///< it was not tried; the name says why
  Status outcome;
  std::int64_t duration_us = 0;
};

/// What a pipeline connects to, tried: a source, table or sink, the checkpoint, its backups.
struct ConnectionReport {
  std::string part;  ///< "source", "table", "sink", "dead letters", "checkpoint", "backup"
  std::string name;  ///< of the source ...; "" of the last two
  std::string kind;  ///< "kafka", "delta"
  std::vector<ConnectionStep> steps;
  bool has_failed() const;
};

/// Which trigger a run has: the file's, or another.
enum class TriggerChoice : unsigned char { kAsInFile, kOnce, kAvailableNow };

/// A pipeline file, read and composed: every option checked, nothing connected. A host runs it
/// (include/sluice/host.h).
/// REQUIRES: one thread at a time; no method is called once it was moved from.
class Pipeline {
 public:
  /// `variables` win over the environment where the file says ${NAME}. One that the file never uses
  /// is an error, or, where `unused` is not null, put in there. With `shard` it is that part of the
  /// file's pipeline (docs/guide/sharding.md), and its name and checkpoint are the shard's. Errors:
  /// kUser, with file, line and column where they are known.
  static Result<Pipeline> load(const std::string& path,
                               const std::map<std::string, std::string>& variables,
                               std::set<std::string>* unused = nullptr,
                               const std::optional<Shard>& shard = {});
  /// As load, of a text; `name` is the file's in messages. Variables are the environment's.
  static Result<Pipeline> parse(const std::string& text, const std::string& name);
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  /// Of the file, as load() was given it.
  const std::string& path() const;

  /// Plans the SQL and checks every sink against the rows it is to get; connects to nothing, writes
  /// nothing. Errors: kUser.
  Result<PipelineDescription> check() const;

  /// Tries every connection and every permission that a run needs, one part after the other, and
  /// gives each to `report` as soon as it is known. Runs nothing, leaves nothing behind and takes
  /// nothing from a run that is at work. Errors: as of check(), and kCancelled (`stop`); what a
  /// connection met is in its report. Of a pipeline that is not run afterwards: load it again.
  Status check_connections(const std::function<void(const ConnectionReport&)>& report,
                           std::stop_token stop);

  /// What is known without planning: no columns, no warnings.
  PipelineDescription describe() const;

  /// For the host; what is in it is not part of the API.
  struct Content;
  const Content& content() const { return *content_; }

 private:
  explicit Pipeline(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace sluice
