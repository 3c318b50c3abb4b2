#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/infer/json_columns.h"
#include "connector/address.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What was found out about a source.
struct Inference {
  enum class Schema : unsigned char {
    kNone,       ///< the source has its columns by itself
    kConnector,  ///< beside the connector's options
    kFormat,     ///< in `format`
  };

  std::string kind;                   ///< the connector
  connector::AddressOptions options;  ///< its options, without the schema
  std::string format;                 ///< of the records; "": the connector's own
  connector::AddressOptions format_options;
  Schema schema = Schema::kNone;
  std::string words;  ///< "CSV, ';' between fields"
  std::vector<InferredColumn> columns;
  std::int64_t records = 0;
  bool all = false;  ///< there are no more
  std::int64_t undecoded = 0;
  std::vector<std::string> undecoded_words;  ///< the first ones
  std::vector<std::string> notes;            ///< whole sentences
};

/// The lines of the source below its name, as a pipeline file has them. `with_reasons`: as
/// comments.
std::string source_lines(const Inference& found, bool with_reasons);

/// Columns as `schema:` has them, one a line, each with `before` in front.
std::string schema_lines(const Inference& found, const std::string& before, bool with_reasons);

struct PipelineTarget {
  std::string name;                     ///< of the pipeline and its source
  std::string command;                  ///< that is shown as what wrote it
  std::string kind = "console";         ///< of the sink
  connector::AddressOptions options{};  ///< its options
  std::string checkpoint{};             ///< the name of its folder
};

/// The pipeline file.
std::string pipeline_text(const Inference& found, const PipelineTarget& target);

/// For programs.
std::string inference_json(const Inference& found, const std::string& pipeline);

/// "9,990 of 10,000; 1 to 4711; looks like a key": why a column is what it is.
std::string reason_of(const InferredColumn& column);

/// Of the columns that say when something happened, the one that is never NULL and says so by its
/// name; -1: none does.
int event_time_column(const Inference& found, bool by_meaning);

}  // namespace sluice::app
