#include "app/composition/settings.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "app/composition/secret_text.h"
#include "app/notify/receiver_kinds.h"
#include "base/secret_name.h"
#include "config/alert_keys.h"
#include "config/keys.h"
#include "formats/registry.h"
#include "io/s3_settings.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;
using Path = std::vector<std::string>;

constexpr std::size_t kSettingsMax = 5'000;
constexpr std::size_t kValueBytesMax = 500;

std::string path_text(const Path& path) {
  std::string text;
  for (const std::string& key : path) text += (text.empty() ? "" : ".") + key;
  return text;
}

std::string cut(std::string text) {
  if (text.size() <= kValueBytesMax) return text;
  std::size_t end = kValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

/// Whether what a variable of the file puts in may be shown: its author says that it is no secret.
bool is_plain(const OptionSpec* spec) {
  if (spec == nullptr) return false;
  switch (spec->type) {
    case OptionType::kSecret:
    case OptionType::kTextMap:
    case OptionType::kSchema:
    case OptionType::kAny:
      return false;
    default:
      return true;
  }
}

/// The tables of options that a place of the file may have, some beside each other.
class Tables {
 public:
  explicit Tables(const connector::Registry& registry) : registry_(registry) {}

  std::vector<OptionSpec> at(const Path& path) const {
    if (path.empty()) return config::pipeline_keys();
    const std::string& part = path[0];
    if (path.size() == 1) return of_file(part);
    if (path.size() == 2) return of_part(part);
    const std::string& key = path[2];
    if (path.size() == 4 && (part == "sources" || part == "tables")) {
      return key == "format" ? format(path[3]) : key == "dead_letter" ? sink(path[3]) : none();
    }
    if (path.size() > 3) return none();
    if (part == "mounts") return key == "s3" ? io::s3_mount_options() : none();
    if (part == "notify") {
      const ReceiverKind* kind = find_receiver_kind(key);
      return kind != nullptr ? kind->options : none();
    }
    if (part == "views") return of_view(key);
    if (part == "sinks") return key == "roll" ? config::roll_keys() : sink(key);
    if (part != "sources" && part != "tables") return none();
    if (key == "watermark") return config::watermark_keys();
    return key == "format" || key == "dead_letter" ? none() : source(key);
  }

 private:
  static std::vector<OptionSpec> none() { return {}; }

  static std::vector<OptionSpec> of_file(const std::string& part) {
    if (part == "engine") return config::engine_keys();
    if (part == "backup") return config::backup_keys();
    if (part == "trigger") return config::trigger_keys();
    return part == "s3" ? io::s3_options() : none();
  }

  static std::vector<OptionSpec> of_part(const std::string& part) {
    if (part == "sources") return config::source_keys();
    if (part == "tables") return config::table_keys();
    if (part == "sinks") return config::sink_keys();
    if (part == "views") return config::view_keys();
    if (part == "functions") return config::function_keys();
    if (part == "alerts") return config::alert_keys();
    return part == "mounts" ? config::mount_keys() : none();
  }

  static std::vector<OptionSpec> of_view(const std::string& key) {
    if (key == "watermark") return config::watermark_keys();
    if (key == "deduplicate") return config::deduplicate_keys();
    return key == "late" ? config::late_keys() : none();
  }

  static std::vector<OptionSpec> format(const std::string& name) {
    const formats::FormatKind* kind = formats::find_format(name);
    return kind != nullptr ? kind->options : none();
  }

  std::vector<OptionSpec> source(const std::string& name) const {
    if (const connector::SourceKind* kind = registry_.source(name)) {
      std::vector<OptionSpec> all = kind->options;
      for (OptionSpec& spec : kind->format.empty() ? none() : format(kind->format)) {
        if (std::ranges::find(all, spec.name, &OptionSpec::name) == all.end()) {
          all.push_back(std::move(spec));
        }
      }
      return all;
    }
    const connector::TableKind* table = registry_.table(name);
    return table != nullptr ? table->options : none();
  }

  std::vector<OptionSpec> sink(const std::string& name) const {
    const connector::SinkKind* kind = registry_.sink(name);
    return kind != nullptr ? kind->options : none();
  }

  const connector::Registry& registry_;
};

class Walk {
 public:
  Walk(const config::PipelineFile& file, const connector::Registry& registry,
       const std::vector<ConfigValue>& secrets)
      : file_(file), tables_(registry) {
    for (const ConfigValue& secret : secrets) secrets_.insert(place(secret));
  }

  std::vector<SettingDescription> take() {
    add_map(file_.tree, /*is_secret=*/false);
    return std::move(found_);
  }

 private:
  static std::pair<int, int> place(const ConfigValue& value) {
    return {value.location().line, value.location().column};
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
  void add_map(const ConfigValue& map, bool is_secret) {
    const std::vector<OptionSpec> specs = tables_.at(path_);
    // The names below sources, sinks ... are the user's own words.
    const bool are_names = path_.size() == 1 && is_part(path_[0]);
    for (const ConfigValue::Entry& entry : map.entries()) {
      const auto spec = std::ranges::find(specs, entry.key, &OptionSpec::name);
      path_.push_back(entry.key);
      add(entry.value, spec == specs.end() ? nullptr : &*spec,
          is_secret || (!are_names && names_a_secret(entry.key)));
      path_.pop_back();
    }
    for (const OptionSpec& spec : specs) {
      if (spec.default_text.empty() || map.find(spec.name) != nullptr || is_full()) continue;
      found_.push_back({prefixed(spec.name), spec.default_text, "default"});
    }
    if (path_.empty() && map.find("engine") == nullptr) {
      path_.emplace_back("engine");
      add_map(ConfigValue(), /*is_secret=*/false);
      path_.pop_back();
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
  void add(const ConfigValue& value, const OptionSpec* spec, bool is_secret) {
    is_secret = is_secret || (spec != nullptr && spec->type == OptionType::kSecret);
    switch (value.shape()) {
      case Shape::kNull:  // a connector without options
      case Shape::kMap:
        add_map(value, is_secret);
        return;
      case Shape::kScalar:
        note(value, spec, is_secret);
        return;
      case Shape::kList:
        for (std::size_t i = 0; i < value.items().size(); ++i) {
          path_.push_back(std::to_string(i));
          add(value.items()[i], spec, is_secret);
          path_.pop_back();
        }
        return;
    }
  }

  void note(const ConfigValue& value, const OptionSpec* spec, bool is_secret) {
    if (is_full()) return;
    SettingDescription setting{path_text(path_), value.text(), "file", value.location().line,
                               value.location().column};
    is_secret = is_secret || value.secret() || secrets_.contains(place(value));
    if (const auto written = file_.written.find(place(value)); written != file_.written.end()) {
      setting.origin = written->second.origin;
      is_secret = is_secret || written->second.is_secret;
      if (!is_plain(spec) || is_sql(*spec) || is_address(*spec, value)) {
        setting.value = written->second.text;
      }
    }
    setting.value = is_secret ? "***" : cut(without_url_secrets(std::move(setting.value)));
    found_.push_back(std::move(setting));
  }

  static bool is_part(const std::string& key) {
    static const std::set<std::string> kParts = {"sources", "tables", "views",  "sinks",
                                                 "charts",  "alerts", "notify", "mounts"};
    return kParts.contains(key);
  }
  /// SQL, and what is written for people.
  bool is_sql(const OptionSpec& spec) const {
    return path_[0] == "views" || path_[0] == "alerts" || path_[0] == "charts" ||
           spec.name == "delete_when";
  }
  /// Some services have the secret in the path of their URL.
  static bool is_address(const OptionSpec& spec, const ConfigValue& value) {
    return spec.type != OptionType::kPath && value.text().find("://") != std::string::npos;
  }
  std::string prefixed(const std::string& name) const {
    return path_.empty() ? name : path_text(path_) + "." + name;
  }
  bool is_full() const { return found_.size() >= kSettingsMax; }

  const config::PipelineFile& file_;
  const Tables tables_;
  std::set<std::pair<int, int>> secrets_;
  Path path_;
  std::vector<SettingDescription> found_;
};

}  // namespace

std::vector<SettingDescription> settings_of(const config::PipelineFile& file,
                                            const connector::Registry& registry,
                                            const std::vector<ConfigValue>& secrets) {
  return Walk(file, registry, secrets).take();
}

}  // namespace sluice::app
