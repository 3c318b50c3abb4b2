#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace CLI {
class App;
}

namespace sluice::cli {

/// What the chosen command does; gives the exit code. Set by the command's callback, called after
/// the whole command line has been read.
using Action = std::function<int()>;

// Each adds its command with its options and an example to `app`.
void add_run_command(CLI::App& app, Action& action);
void add_dashboard_command(CLI::App& app, Action& action);
void add_check_command(CLI::App& app, Action& action);
void add_init_command(CLI::App& app, Action& action);
void add_infer_command(CLI::App& app, Action& action);
void add_test_command(CLI::App& app, Action& action);
void add_explain_command(CLI::App& app, Action& action);
void add_preview_command(CLI::App& app, Action& action);
void add_record_command(CLI::App& app, Action& action);
void add_plan_command(CLI::App& app, Action& action);
void add_rebuild_command(CLI::App& app, Action& action);
void add_shadow_command(CLI::App& app, Action& action);
void add_dev_command(CLI::App& app, Action& action);
void add_export_command(CLI::App& app, Action& action);
void add_control_command(CLI::App& app, Action& action);
void add_produce_command(CLI::App& app, Action& action);
void add_topic_command(CLI::App& app, Action& action);
void add_consume_command(CLI::App& app, Action& action);
void add_show_command(CLI::App& app, Action& action);
void add_copy_command(CLI::App& app, Action& action);
void add_sql_command(CLI::App& app, Action& action);
void add_broker_command(CLI::App& app, Action& action);
void add_deadletter_command(CLI::App& app, Action& action);
void add_checkpoint_command(CLI::App& app, Action& action);
void add_handover_command(CLI::App& app, Action& action);
void add_delta_command(CLI::App& app, Action& action);
void add_reference_commands(CLI::App& app, Action& action);

/// "NAME=VALUE" texts as a map. kUser error for one without a name or a `=`.
Result<std::map<std::string, std::string>> parse_variables(const std::vector<std::string>& texts);

}  // namespace sluice::cli
