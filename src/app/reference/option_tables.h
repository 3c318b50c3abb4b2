#pragma once

#include <string>
#include <vector>

#include "base/options.h"
#include "connector/registry.h"

namespace sluice::app {

/// One table of options as the reference shows it and the JSON Schema defines it.
struct OptionTable {
  enum class Of : unsigned char {
    kPipeline,
    kSource,
    kTable,
    kSink,
    kFormat,
    kValue,  ///< a format as rows are written in it
    kChart,
    kChartKind,
    kSourceKind,
    kTableKind,
    kSinkKind,
    kReceiverKind,  ///< of alerts
    kTest           ///< of a file of tests
  };

  Of of = Of::kPipeline;
  std::string name;  ///< "kafka source", "json format", "engine": what `sluice reference` takes
  std::string key;   ///< as it is written in a pipeline file: "kafka", "json", "engine"
  std::string text;  ///< one sentence or two
  std::vector<OptionSpec> options;
};

/// Every table of this program: the pipeline file's own first, then sources, formats and sinks,
/// each in order of name. A source with a format built in has the options of both.
std::vector<OptionTable> option_tables(const connector::Registry& registry);

/// JSON Schema (2020-12) of a pipeline file, and of a file of tests.
std::string json_schema_of(const std::vector<OptionTable>& tables);
std::string json_schema_of_tests(const std::vector<OptionTable>& tables);

}  // namespace sluice::app
