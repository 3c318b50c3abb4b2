#include <algorithm>
#include <array>

#include "app/lint/reviewed.h"

namespace sluice::app {
namespace {

void checkpoint_in_tmp(const Reviewed& reviewed, Findings& findings) {
  const config::PipelineFile& file = reviewed.file();
  const ConfigValue* value = file.tree.find("checkpoint");
  if (value == nullptr) return;
  // What a variable says is for whoever sets it.
  if (file.written.contains({value->location().line, value->location().column})) return;
  for (const char* folder : {"/tmp/", "/var/tmp/", "/dev/shm/", "/run/"}) {
    if (!value->text().starts_with(folder)) continue;
    findings.push_back(
        {"LINT_CHECKPOINT_IN_TMP", value->location(),
         "the checkpoint is below " + std::string(folder) + ", which the system empties"});
  }
}

void start_latest(const Reviewed& reviewed, Findings& findings) {
  using Kind = config::TriggerEntry::Kind;
  const Kind trigger = reviewed.file().trigger.kind;
  if (trigger != Kind::kOnce && trigger != Kind::kAvailableNow) return;
  for (const config::SourceEntry& source : reviewed.file().sources) {
    const ConfigValue* start = source.connector.options.find("start");
    if (source.connector.kind != "kafka" || start == nullptr || start->text() != "latest") continue;
    findings.push_back(
        {"LINT_START_LATEST", start->location(),
         "source '" + source.name + "' begins at the end of its topic, where trigger: " +
             std::string(trigger == Kind::kOnce ? "once" : "available_now") + " ends the run"});
  }
}

void unverified_tls(const Reviewed& reviewed, Findings& findings) {
  for (const SettingDescription& setting : reviewed.description().settings) {
    if (setting.line == 0) continue;
    const auto says = [&setting](std::string_view name, std::string_view value) {
      return setting.name.ends_with(name) && setting.value == value;
    };
    const bool is_off = says(".verify", "false") ||
                        says(".enable.ssl.certificate.verification", "false") ||
                        says(".ssl.endpoint.identification.algorithm", "none");
    if (!is_off || setting.name.find(".schema.") != std::string::npos) continue;
    findings.push_back({"LINT_UNVERIFIED_TLS",
                        {reviewed.file().path, setting.line, setting.column},
                        setting.name + ": " + setting.value +
                            (setting.value == "none" ? " takes the certificate of any host"
                                                     : " takes any certificate")});
  }
}

/// Without what it has of a glob, and without slashes at its end.
std::string folder_of(std::string path) {
  if (path.starts_with("./")) path.erase(0, 2);
  if (const std::size_t glob = path.find_first_of("*?["); glob != std::string::npos) {
    path.erase(path.rfind('/', glob) == std::string::npos ? 0 : path.rfind('/', glob));
  }
  while (path.ends_with('/')) path.pop_back();
  return path;
}

void reads_own_output(const Reviewed& reviewed, Findings& findings) {
  static constexpr std::array<std::string_view, 5> kFolders = {"csv", "json_lines", "parquet",
                                                               "files", "delta"};
  const auto is_folder = [](const std::string& kind) {
    return std::ranges::find(kFolders, kind) != kFolders.end();
  };
  for (const config::SourceEntry& source : reviewed.file().sources) {
    const ConfigValue* from = source.connector.options.find("path");
    if (from == nullptr || !is_folder(source.connector.kind)) continue;
    for (const config::SinkEntry& sink : reviewed.file().sinks) {
      const ConfigValue* to = sink.connector.options.find("path");
      if (to == nullptr || !is_folder(sink.connector.kind)) continue;
      const std::string folder = folder_of(from->text());
      if (folder.empty() || folder != folder_of(to->text())) continue;
      findings.push_back({"LINT_READS_OWN_OUTPUT", from->location(),
                          "source '" + source.name + "' reads the folder into which sink '" +
                              sink.name + "' writes"});
    }
  }
}

}  // namespace

void lint_running(const Reviewed& reviewed, Findings& findings) {
  checkpoint_in_tmp(reviewed, findings);
  start_latest(reviewed, findings);
  unverified_tls(reviewed, findings);
  reads_own_output(reviewed, findings);
}

}  // namespace sluice::app
