#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/options.h"
#include "base/random.h"
#include "connector/address.h"
#include "connector/parquet_rewriter.h"
#include "connector/sink.h"
#include "connector/source.h"
#include "connector/static_table.h"
#include "io/file_system.h"
#include "io/spool.h"
#include "sluice/base/result.h"
#include "sluice/base/shard.h"

namespace sluice::connector {

/// What a connector gets from the pipeline it works in. References outlive the connector.
struct Context {
  std::string pipeline;  ///< the pipeline's name
  std::string name;      ///< the source's or sink's name in it
  const Clock& clock;
  Random& random;
  io::FileSystem& files;
  /// Where files are on their way to and from a store. Null: paths of this machine only.
  io::Spool* spool = nullptr;
  UpsertKey upsert{};                   ///< of a sink with mode: upsert
  ParquetRewriter* rewriter = nullptr;  ///< null: what needs it is not possible
  /// Of a source: a folder of its own in the checkpoint, for what must outlive the process, and the
  /// one that it had under its former name (`renamed_from`; "": none). Not made yet.
  std::string folder{};
  std::string former_folder{};
  /// Of a source: it is a table, read in full each time it is asked for, and no checkpoint knows
  /// it.
  bool is_table = false;
  /// Of a run that is one of several: a source reads only what is this shard's, and a sink puts it
  /// into what it is not called by `pipeline` and `name`, which `pipeline` has already. Null: the
  /// run has all.
  std::optional<Shard> shard{};
};

/// How a system reads: its key in a pipeline file (`kafka: {...}`), options and factory.
struct SourceKind {
  std::string name;
  std::string text;  ///< one sentence for the reference page
  std::vector<OptionSpec> options;
  /// Checks what the option table cannot; connects to nothing yet. Errors carry the option's place.
  /// REQUIRES: Options::validate() has accepted the options by the table above.
  std::function<Result<std::unique_ptr<Source>>(const Options&, const Context&)> make;
  /// The format that the payloads always have (`csv: {path: ..., schema: ...}` is csv): its options
  /// are beside the source's own in one map, one that both declare goes to both, and no `format:`
  /// key is needed. "": the pipeline's `format:` key says.
  std::string format{};
  AddressForm address{};
  /// Its records are in partitions, of which a run can read a part (Context::shard).
  bool has_shards = false;
};

struct SinkKind {
  std::string name;
  std::string text;
  std::vector<OptionSpec> options;
  std::vector<OutputMode> modes;  ///< that it can do
  Promise promise = Promise::kAtomic;
  /// What it promises with these options, where some promise less. Null: `promise`, always.
  std::function<Promise(const Options&)> promise_with{};
  std::function<Result<std::unique_ptr<Sink>>(const Options&, const Context&)> make;
  /// What no two sinks of a pipeline may share, beside a path, in words and with these options
  /// ("the transactional_id x"). Null: nothing.
  std::function<std::string(const Options&, const Context&)> exclusive{};
  AddressForm address{};
};

/// A table that is read in full and not as a stream. Every SourceKind can be one, too.
struct TableKind {
  std::string name;
  std::string text;
  std::vector<OptionSpec> options;
  std::function<Result<std::unique_ptr<StaticTable>>(const Options&, const Context&)> make;
};

/// All connectors by name. Filled once at start by register_all (generated from
/// src/connectors/CMakeLists.txt), read-only afterwards.
class Registry {
 public:
  /// REQUIRES: no other of this sort has the name.
  void add(SourceKind kind);
  void add(SinkKind kind);
  void add(TableKind kind);

  const SourceKind* source(std::string_view name) const;
  const SinkKind* sink(std::string_view name) const;
  const TableKind* table(std::string_view name) const;

  /// In order of name.
  std::vector<const SourceKind*> sources() const;
  std::vector<const SinkKind*> sinks() const;
  std::vector<const TableKind*> tables() const;

 private:
  std::map<std::string, SourceKind, std::less<>> sources_;
  std::map<std::string, SinkKind, std::less<>> sinks_;
  std::map<std::string, TableKind, std::less<>> tables_;
};

}  // namespace sluice::connector
