#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

// What can be read is shown and copied, by the connectors of pipeline files. Addresses name sources
// and sinks: a path, `s3://bucket/x`, `kafka://host:9092/topic`; each connector says which are its
// own. ${NAME} and ${file:/path} in them are put in as in a pipeline file. Any thread may call.

/// What is read.
struct SourceChoice {
  std::string address;
  /// The format of records and its options, as `format:` of a pipeline file has them: "json:
  /// {schema: {id: BIGINT}}". "": the connector's own columns.
  std::string format;
  /// Columns as CREATE TABLE has them: "id BIGINT, price DECIMAL(18,2)". Of records without a
  /// format: as JSON. "": what the source says, or what its first file looks like.
  std::string schema;
  /// Further options of the connector, "NAME=VALUE" with a value in YAML.
  std::vector<std::string> options;
};

struct ShowRequest {
  SourceChoice from;
  std::string pipeline;  ///< a pipeline file whose source is shown instead; "": none
  std::string source;    ///< its name; "": the file's only one
  std::map<std::string, std::string> variables;
  std::size_t rows = 20;
  std::size_t truncate = 20;  ///< characters of a cell; 0: all
  bool count = false;         ///< all rows, however long it takes
};

struct ShownSource {
  std::string schema;  ///< a tree, as Spark's printSchema
  std::string rows;    ///< a table, as Spark's show
  std::size_t columns = 0;
  /// Of all; null: not counted. Of records with a format: of those that do not decode, too.
  std::optional<std::int64_t> count;
  std::vector<std::string> undecoded;  ///< records among the first ones: place and reason
};

/// Reads the first rows, and changes nothing. Errors: kUser, kTransient (nobody answers),
/// kCancelled (`stop`).
Result<ShownSource> show_source(const ShowRequest& request, std::stop_token stop);

struct CopyRequest {
  SourceChoice from;
  std::string to;
  /// The connector to write with; "": by the address, a folder becomes a Delta table.
  std::string to_kind;
  std::string key;    ///< the column that is a record's key, of a sink that has keys; "": none
  std::string value;  ///< how rows become records, as a sink's `value`: "csv: {delimiter: ;}"
  std::vector<std::string> to_options;  ///< as SourceChoice::options
  /// Its folder. The same copy with the same one goes on where it was.
  std::string checkpoint;
};

struct CopyPlan {
  std::string pipeline;  ///< the text of a pipeline file (Pipeline::parse)
  std::string shown;     ///< the same without secrets
  std::string to;        ///< what is written, for people: "delta lake/orders"
  std::vector<std::string> notes;
};

/// Makes the pipeline that copies all that is there; runs nothing, but looks at what the source
/// holds where nothing says its columns. Errors: kUser.
Result<CopyPlan> plan_copy(const CopyRequest& request);

struct DashboardRequest {
  std::vector<SourceChoice> tables;
  std::string refresh = "10s";  ///< how often they are looked at again, as in a pipeline file
};

/// Makes the text of a pipeline file that only looks: each table, and charts of what its columns
/// are. Reads no more of the tables than their columns. Errors: kUser.
Result<std::string> dashboard_text(const DashboardRequest& request);

}  // namespace sluice
