#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice::cli {

/// How a command reaches the Spark engine.
struct SparkArguments {
  std::string engine = "native";
  std::string python = "python3";
  std::string master;
  std::string remote;
  std::vector<std::string> settings;  ///< "KEY=VALUE", of Spark's
  bool is_spark() const { return engine == "spark"; }
};

/// The options --engine and --python.
void add_engine_options(CLI::App& command, SparkArguments& arguments);
/// The option --python.
void add_python_option(CLI::App& command, SparkArguments& arguments);
/// The options --master, --remote and --conf.
void add_cluster_options(CLI::App& command, SparkArguments& arguments);

/// kUser where an option of a cluster is given without --engine spark.
Status check_cluster_options(const SparkArguments& arguments);

/// Hands the pipeline to the Spark engine with `words` ("run", ...) and the options of a cluster
/// that are given. Does not return but with the exit code of an error.
int hand_to_spark(const Pipeline& pipeline, TriggerChoice trigger, const SparkArguments& arguments,
                  std::vector<std::string> words);

}  // namespace sluice::cli
