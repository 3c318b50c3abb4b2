#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/base/secret.h"

/// Sources and sinks of a program's own, which its pipelines then name as they name those of sluice
/// (docs/guide/cpp.md):
///
///   sources: {ticks: {exchange: {symbol: EURUSD}, format: {json: {schema: {price: DOUBLE}}}}}
///
/// What such code throws becomes an error of the pipeline that called it, and ends that one alone.

namespace sluice {

/// An option of a connector, declared once: what is given in a pipeline file is checked by it, with
/// file, line and column.
struct ConnectorOption {
  enum class Type : unsigned char {
    kText,
    kInteger,
    kNumber,
    kBoolean,
    kDuration,  ///< "5s", "200ms"; integer() has microseconds
    kByteSize,  ///< "64MiB"; integer() has bytes
    kSecret,    ///< never shown
    kPath,
  };
  std::string name;
  Type type = Type::kText;
  std::string text{};          ///< its meaning, for messages
  std::string default_text{};  ///< as a user would write it; "": there is none
  bool is_required = false;
};

/// The options of one source or sink as they hold. What was not given and has no default is empty,
/// 0 or false. Asking by another type than the declared one is a bug, which ends the process.
class OptionValues {
 public:
  virtual ~OptionValues() = default;
  virtual bool has(std::string_view name) const = 0;
  virtual std::string text(std::string_view name) const = 0;  ///< kText, kPath
  virtual std::int64_t integer(std::string_view name) const = 0;
  virtual double number(std::string_view name) const = 0;
  virtual bool boolean(std::string_view name) const = 0;
  virtual Secret secret(std::string_view name) const = 0;
};

/// A record as a source gives it. The source's `format` in the pipeline file makes columns of the
/// value; one that it cannot take apart goes to the dead letters, with its number.
struct Record {
  std::optional<std::string_view> value;       ///< null: a tombstone, which deletes its key
  std::optional<std::string_view> key{};       ///< the metadata column `key`
  std::optional<std::int64_t> timestamp_us{};  ///< microseconds since 1970; `timestamp`
};

/// Records that are numbered and can be read again: a log, a table with a sequence, a file. The
/// checkpoint keeps the number of the next one, and so each record counts exactly once, whatever
/// kills the process. One thread at a time. What can give its records only once (a socket, a
/// callback) is to be written somewhere first: a file, a topic.
///
/// Errors: kUser (what the options say is wrong: the pipeline ends), kTransient (the engine tries
/// again, with pauses), kCorruption (records are gone: nothing is left out silently), kCancelled.
class RecordSource {
 public:
  /// Takes a record, and copies what it points to; false: no more are needed now.
  using Give = std::function<bool(const Record&)>;

  virtual ~RecordSource() = default;

  /// Connects; called again after a kTransient error, never after a success.
  virtual Status open(const std::stop_token& stop) {
    static_cast<void>(stop);
    return {};
  }
  /// The number of the oldest record that is there, where a new checkpoint begins. Asked before
  /// each batch: a checkpoint that needs older ones ends with an error.
  virtual Result<std::int64_t> first() { return std::int64_t{0}; }
  /// The number after the newest record that is there; does not wait for more. Never less than
  /// before: numbers are not used again.
  virtual Result<std::int64_t> end() = 0;
  /// Whether no record will ever come after end(): the run ends when all are read. Asked before
  /// open(), too, and must then know whether it will be so.
  virtual bool is_complete() const { return false; }
  /// Gives the records [from, to), in order: the same ones whenever they are asked for. May stop
  /// once `give` needs no more, and with kCancelled once `stop` is requested.
  /// REQUIRES: first() <= from <= to <= end().
  virtual Status read(std::int64_t from, std::int64_t to, const Give& give,
                      const std::stop_token& stop) = 0;
  /// Nobody reads records before this number again. Best effort.
  virtual void release(std::int64_t before) { static_cast<void>(before); }
};

/// A column of the rows that a sink gets.
struct SinkColumn {
  std::string name;
  std::string type;  ///< in SQL: "BIGINT", "DECIMAL(18,2)"
};

/// A committed batch of rows on its way out.
class SinkBatch {
 public:
  virtual ~SinkBatch() = default;
  /// Grows from batch to batch, with gaps; the same rows have the same number whenever they come.
  virtual std::int64_t number() const = 0;
  virtual std::uint64_t rows() const = 0;
  /// Whether the rows are the whole result, which takes the place of what is there (mode complete).
  virtual bool replaces() const = 0;
  /// What an exactly-once sink writes together with the rows (RecordSink::newest_mark()). No other
  /// batch has it.
  virtual std::string mark() const = 0;
  /// Gives the rows in order, until one is an error: each as the sink's option `value` writes it,
  /// which is a JSON object where the file says nothing. A row is valid during the call.
  virtual Status each_row(const std::function<Status(std::string_view row)>& take) const = 0;
};

/// Where rows go. A batch is first kept in the checkpoint, committed with its offsets, and then
/// written; what a crash interrupts is written again. One thread, the pipeline's.
///
/// Errors: kUser, kTransient (the engine tries again, with pauses).
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  /// Connects; called again after a kTransient error, never after a success.
  virtual Status open(const std::vector<SinkColumn>& columns) {
    static_cast<void>(columns);
    return {};
  }
  /// Takes a batch whole: when it comes back without an error, the rows are durable where they
  /// belong. A batch may come a second time after an error or a crash.
  virtual Status write(const SinkBatch& batch) = 0;
  /// The mark of the batch that was written last, which write() puts into the target together with
  /// the rows, in one transaction; null: none yet. Of a sink that is declared is_exactly_once, to
  /// which no batch then comes twice.
  virtual Result<std::optional<std::string>> newest_mark() { return std::optional<std::string>(); }
};

/// What a connector is called from its pipeline: its name there, for messages and names of its own.
struct ConnectorPlace {
  std::string pipeline;
  std::string name;
};

struct SourceDeclaration {
  std::string kind;  ///< its key in a pipeline file: letters, digits and _
  std::string text{};
  std::vector<ConnectorOption> options{};
  /// Makes one; connects to nothing yet.
  std::function<Result<std::unique_ptr<RecordSource>>(const OptionValues&, const ConnectorPlace&)>
      make;
};

struct SinkDeclaration {
  std::string kind;
  std::string text{};
  std::vector<ConnectorOption> options{};
  std::function<Result<std::unique_ptr<RecordSink>>(const OptionValues&, const ConnectorPlace&)>
      make;
  /// newest_mark() says what the target has, and each batch is there once. Otherwise rows of the
  /// newest batch may come again after a crash (at least once).
  bool is_exactly_once = false;
};

/// Makes the connector known to all pipelines of this process that are loaded from now on. Any
/// thread may call. kUser: the kind's name is none, or is taken.
Status add_source(SourceDeclaration declaration);
Status add_sink(SinkDeclaration declaration);

}  // namespace sluice
