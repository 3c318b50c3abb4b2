#include "cli/spark_options.h"

#include <utility>

#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "sluice/plan.h"
#include "sluice/spark.h"

namespace sluice::cli {

void add_python_option(CLI::App& command, SparkArguments& arguments) {
  command
      .add_option(
          "--python", arguments.python,
          "The Python that has pyspark, delta-spark and sqlglot; SLUICE_PYTHON says it, too")
      ->envname("SLUICE_PYTHON")
      ->type_name("PROGRAM")
      ->capture_default_str();
}

void add_engine_options(CLI::App& command, SparkArguments& arguments) {
  command
      .add_option("--engine", arguments.engine,
                  "native, or spark: Apache Spark's Structured Streaming runs the file")
      ->check(CLI::IsMember({"native", "spark"}))
      ->type_name("ENGINE")
      ->capture_default_str();
  add_python_option(command, arguments);
}

void add_cluster_options(CLI::App& command, SparkArguments& arguments) {
  CLI::Option* master =
      command
          .add_option(
              "--master", arguments.master,
              "With --engine spark: the cluster, as spark-submit takes it; local[*] if none "
              "is configured")
          ->type_name("URL");
  command
      .add_option("--remote", arguments.remote,
                  "With --engine spark: a Spark Connect server, sc://HOST:PORT")
      ->type_name("URL")
      ->excludes(master);
  command
      .add_option("--conf", arguments.settings,
                  "With --engine spark: a setting of Spark's; may be given several times")
      ->allow_extra_args(false)  // what follows it is a file
      ->type_name("KEY=VALUE");
}

Status check_cluster_options(const SparkArguments& arguments) {
  const bool given =
      !arguments.master.empty() || !arguments.remote.empty() || !arguments.settings.empty();
  if (arguments.is_spark() || !given) return {};
  return user_error("--master, --remote and --conf are for Spark: add --engine spark");
}

int hand_to_spark(const Pipeline& pipeline, TriggerChoice trigger, const SparkArguments& arguments,
                  std::vector<std::string> words) {
  auto plan = plan_json(pipeline, {.trigger = trigger, .with_secrets = true});
  if (!plan) return fail(plan.error(), pipeline.path());
  if (!arguments.master.empty()) words.insert(words.end(), {"--master", arguments.master});
  if (!arguments.remote.empty()) words.insert(words.end(), {"--remote", arguments.remote});
  for (const std::string& setting : arguments.settings) {
    words.insert(words.end(), {"--conf", setting});
  }
  return fail(become_spark_engine(
      {.plan = *std::move(plan), .python = arguments.python, .arguments = std::move(words)}));
}

}  // namespace sluice::cli
