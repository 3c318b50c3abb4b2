#include "config/pipeline_file.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/list_text.h"
#include "base/nearest.h"
#include "config/file_text.h"
#include "config/keys.h"
#include "config/names.h"
#include "config/source_text.h"
#include "config/yaml.h"

namespace sluice::config {
namespace {

using Shape = ConfigValue::Shape;
using Entry = ConfigValue::Entry;

Error error_at(const Location& location, const std::string& message) {
  return ConfigValue::null(location).error(message);
}

std::string_view shape_name(Shape shape) {
  switch (shape) {
    case Shape::kNull:
      return "nothing";
    case Shape::kScalar:
      return "a text";
    case Shape::kList:
      return "a list";
    case Shape::kMap:
      return "a map";
  }
  return "";
}

class PipelineReader {
 public:
  PipelineReader(const SourceText& source, const KnownKinds& kinds)
      : source_(source), kinds_(kinds) {}

  Result<PipelineFile> read(const ConfigValue& tree) {
    if (tree.shape() == Shape::kNull) {
      return user_error(source_.file() +
                        ": is empty; a pipeline file needs at least name, sources, "
                        "sinks and checkpoint");
    }
    if (tree.shape() != Shape::kMap) {
      return tree.error(
          "a pipeline file is a map of keys such as 'name:', 'sources:' and 'sinks:', not " +
          std::string(shape_name(tree.shape())));
    }
    SLUICE_ASSIGN(const Options options,
                  Options::validate(pipeline_keys(), tree, "a pipeline file"));
    file_.path = source_.file();
    file_.text = std::string(source_.text());
    SLUICE_TRY(pipeline_name(options.value("name")));
    SLUICE_TRY(each("sources", options, [&](const Entry& entry) { return source(entry); }));
    SLUICE_TRY(check_renames());
    SLUICE_TRY(each("tables", options, [&](const Entry& entry) { return table(entry); }));
    if (file_.sources.empty() && file_.tables.empty()) {
      return tree.error("a pipeline file needs the option 'sources', or 'tables' for a batch job");
    }
    SLUICE_TRY(each("functions", options, [&](const Entry& entry) { return function(entry); }));
    SLUICE_TRY(each("views", options, [&](const Entry& entry) { return view(entry); }));
    SLUICE_TRY(check_from_of_views());
    SLUICE_TRY(each("sinks", options, [&](const Entry& entry) { return sink(entry); }));
    SLUICE_TRY(each("charts", options, [&](const Entry& entry) { return chart(entry); }));
    SLUICE_ASSIGN(file_.ui, read_ui(options.has("ui") ? options.value("ui")
                                                      : ConfigValue::null(tree.location())));
    file_.ui.over_tables = file_.sources.empty();
    if (file_.sinks.empty() && file_.charts.empty()) {
      return tree.error("a pipeline file needs the option 'sinks', or 'charts' for a dashboard");
    }
    SLUICE_TRY(trigger(options.value("trigger")));
    SLUICE_TRY(alerts(options));
    file_.timezone = options.text("timezone");
    if (options.has("timezone")) file_.timezone_location = options.value("timezone").location();
    file_.greatest_watermark = options.text("watermark_policy") == "max";
    SLUICE_TRY(checkpoint(options, tree));
    if (options.has("backup")) {
      SLUICE_ASSIGN(file_.backup,
                    Options::validate(backup_keys(), options.value("backup"), "'backup'"));
    }
    file_.s3 = options.has("s3") ? options.value("s3") : ConfigValue::null(tree.location());
    SLUICE_TRY(each("mounts", options, [&](const Entry& entry) { return mount(entry); }));
    const ConfigValue nothing = ConfigValue::null(tree.location());
    const ConfigValue& engine = options.has("engine") ? options.value("engine") : nothing;
    SLUICE_ASSIGN(file_.engine, Options::validate(engine_keys(), engine, "'engine'"));
    if (options.has("lint")) {
      SLUICE_TRY(Options::validate(lint_keys({}), options.value("lint"), "'lint'"));
    }
    return std::move(file_);
  }

 private:
  Status checkpoint(const Options& options, const ConfigValue& tree) {
    if (!options.has("checkpoint")) {
      const bool is_dashboard = file_.sources.empty() && file_.sinks.empty();
      if (is_dashboard) return {};
      return tree.error("a pipeline file needs the option 'checkpoint'");
    }
    const ConfigValue& value = options.value("checkpoint");
    file_.checkpoint = options.text("checkpoint");
    if (file_.checkpoint.empty())
      return value.error("'checkpoint' must name a folder, not be empty");
    if (file_.checkpoint.find("://") != std::string::npos) {
      return value.error("the checkpoint must be a folder of this machine, not '" +
                         file_.checkpoint + "': its database needs a disk");
    }
    return {};
  }

  Status pipeline_name(const ConfigValue& name) {
    const bool fine = !name.text().empty() && std::ranges::all_of(name.text(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
    });
    if (!fine || name.text().size() > 200) {
      return name.error("the name '" + name.text() +
                        "' is not possible; use letters, digits, '_', '-' and '.', at most 200");
    }
    file_.name = name.text();
    return {};
  }

  /// Calls `read_one` for each entry of the map `key`, in file order.
  template <class ReadOne>
  Status each(const std::string& key, const Options& options, ReadOne read_one) {
    if (!options.has(key)) return {};
    const ConfigValue& map = options.value(key);
    if (map.shape() != Shape::kMap) {
      return map.error("'" + key + "' must be a map of name to " + key.substr(0, key.size() - 1) +
                       ", not " + std::string(shape_name(map.shape())) +
                       (map.shape() == Shape::kList ? "; write the names without '- '" : ""));
    }
    if (map.entries().empty())
      return map.error("'" + key + "' is empty; it needs at least one entry");
    for (const Entry& entry : map.entries()) SLUICE_TRY(read_one(entry));
    return {};
  }

  /// `own` and one key a connector: how a source or sink is validated.
  static std::vector<OptionSpec> with_kinds(std::vector<OptionSpec> own,
                                            const std::vector<std::string>& kinds) {
    for (const std::string& kind : kinds) own.push_back({.name = kind, .type = OptionType::kAny});
    return own;
  }

  /// The one key of `map` that is among `kinds`.
  static Result<KindUse> one_kind(const ConfigValue& map, const std::vector<std::string>& kinds,
                                  const std::string& subject, const Location& location) {
    const Entry* found = nullptr;
    for (const Entry& entry : map.entries()) {
      if (std::ranges::find(kinds, entry.key) == kinds.end()) continue;
      if (found != nullptr) {
        return error_at(entry.key_location, subject + " has two connectors, '" + found->key +
                                                "' and '" + entry.key + "'; keep one");
      }
      found = &entry;
    }
    if (found == nullptr) {
      return error_at(location, subject + " names no connector; add one of: " + joined(kinds));
    }
    return KindUse{found->key, found->value, found->key_location};
  }

  /// `json:` beside `format:` instead of below it.
  Status refuse_stray_format(const ConfigValue& source) const {
    for (const Entry& entry : source.entries()) {
      const auto& formats = kinds_.formats;
      const auto& sources = kinds_.sources;
      if (std::ranges::find(formats, entry.key) == formats.end()) continue;
      if (std::ranges::find(sources, entry.key) != sources.end()) continue;
      return error_at(entry.key_location,
                      "'" + entry.key + "' is a format; put it below 'format:', " +
                          "indented, or write format: {" + entry.key + ": {...}}");
    }
    return {};
  }

  Status source(const Entry& entry) {
    SLUICE_TRY(names_.claim_table(entry, "source"));
    const std::string subject = "source '" + entry.key + "'";
    SLUICE_TRY(refuse_stray_format(entry.value));
    SLUICE_ASSIGN(
        const Options options,
        Options::validate(with_kinds(source_keys(), kinds_.sources), entry.value, subject));
    SourceEntry made;
    made.name = entry.key;
    made.location = entry.key_location;
    SLUICE_ASSIGN(made.connector,
                  one_kind(entry.value, kinds_.sources, subject, entry.key_location));
    if (options.has("format")) {
      SLUICE_ASSIGN(made.format, format(options.value("format"), subject));
    }
    if (options.has("metadata")) {
      SLUICE_ASSIGN(made.metadata, metadata(options.value("metadata")));
    }
    if (options.has("dead_letter")) {
      const ConfigValue& value = options.value("dead_letter");
      const std::string its_subject = "the dead letter of " + subject;
      SLUICE_TRY(Options::validate(with_kinds({}, kinds_.sinks), value, its_subject));
      SLUICE_ASSIGN(made.dead_letter, one_kind(value, kinds_.sinks, its_subject, value.location()));
    }
    if (options.has("watermark")) {
      SLUICE_ASSIGN(made.watermark, read_watermark(options.value("watermark"), subject));
    }
    if (options.has("renamed_from")) {
      made.renamed_from = options.text("renamed_from");
      renames_.push_back(options.value("renamed_from"));
    }
    file_.sources.push_back(std::move(made));
    return {};
  }

  /// An old name is nobody's now, and one source's only.
  Status check_renames() const {
    for (std::size_t i = 0; i < renames_.size(); ++i) {
      const std::string& name = renames_[i].text();
      if (std::ranges::find(file_.sources, name, &SourceEntry::name) != file_.sources.end()) {
        return renames_[i].error("there still is a source '" + name +
                                 "', whose position it keeps; leave renamed_from out");
      }
      for (std::size_t j = 0; j < i; ++j) {
        if (renames_[j].text() != name) continue;
        return renames_[i].error("two sources say renamed_from: " + name +
                                 "; only one can go on from its position");
      }
    }
    return {};
  }

  Status table(const Entry& entry) {
    SLUICE_TRY(names_.claim_table(entry, "table"));
    const std::string subject = "table '" + entry.key + "'";
    std::vector<std::string> kinds = kinds_.sources;
    kinds.insert(kinds.end(), kinds_.tables.begin(), kinds_.tables.end());
    SLUICE_TRY(refuse_stray_format(entry.value));
    SLUICE_ASSIGN(const Options options,
                  Options::validate(with_kinds(table_keys(), kinds), entry.value, subject));
    TableEntry made;
    made.source.name = entry.key;
    made.source.location = entry.key_location;
    SLUICE_ASSIGN(made.source.connector, one_kind(entry.value, kinds, subject, entry.key_location));
    if (options.has("format")) {
      SLUICE_ASSIGN(made.source.format, format(options.value("format"), subject));
    }
    if (options.has("metadata")) {
      SLUICE_ASSIGN(made.source.metadata, metadata(options.value("metadata")));
    }
    if (options.has("latest_by_key")) {
      made.latest_by_key = options.boolean("latest_by_key");
      made.latest_by_key_location = options.value("latest_by_key").location();
    }
    if (options.has("refresh")) made.refresh_us = options.integer("refresh");
    file_.tables.push_back(std::move(made));
    return {};
  }

  Result<std::optional<KindUse>> format(const ConfigValue& value, const std::string& subject) {
    const std::vector<std::string>& formats = kinds_.formats;
    const std::string names = "raw, " + joined(formats);
    if (value.shape() == Shape::kScalar) {
      if (value.text() == "raw") return std::optional<KindUse>();
      if (std::ranges::find(formats, value.text()) != formats.end()) {
        return std::optional(
            KindUse{value.text(), ConfigValue::null(value.location()), value.location()});
      }
      const std::string guess = did_you_mean(value.text(), formats);
      return value.error("there is no format '" + value.text() + "'" +
                         (guess.empty() ? "; there are: " + names : guess));
    }
    if (value.shape() != Shape::kMap || value.entries().size() != 1) {
      return value.error("'format' of " + subject +
                         " must be one format with its options, such as "
                         "{json: {schema: {...}}}");
    }
    const Entry& entry = value.entries().front();
    if (entry.key == "raw") {
      SLUICE_TRY(Options::validate({}, entry.value, "format 'raw'"));
      return std::optional<KindUse>();
    }
    if (std::ranges::find(formats, entry.key) == formats.end()) {
      const std::string guess = did_you_mean(entry.key, formats);
      return error_at(entry.key_location, "there is no format '" + entry.key + "'" +
                                              (guess.empty() ? "; there are: " + names : guess));
    }
    return std::optional(KindUse{entry.key, entry.value, entry.key_location});
  }

  static Result<std::vector<MetadataColumn>> metadata(const ConfigValue& value) {
    std::vector<MetadataColumn> columns;
    auto wrong = [](const ConfigValue& at) {
      return at.error(
          "'metadata' must be a list such as [partition, offset] or a map such as {at: "
          "timestamp}");
    };
    if (value.shape() != Shape::kList && value.shape() != Shape::kMap) return wrong(value);
    for (const ConfigValue& item : value.items()) {
      if (item.shape() != Shape::kScalar) return wrong(item);
      columns.push_back({item.text(), item.text(), item.location()});
    }
    for (const Entry& entry : value.entries()) {
      if (entry.value.shape() != Shape::kScalar) return wrong(entry.value);
      columns.push_back({entry.key, entry.value.text(), entry.value.location()});
    }
    return columns;
  }

  Status function(const Entry& entry) {
    SLUICE_TRY(names_.claim_function(entry));
    SLUICE_ASSIGN(FunctionEntry made, read_function(entry, source_));
    file_.functions.push_back(std::move(made));
    return {};
  }

  Status view(const Entry& entry) {
    SLUICE_TRY(names_.claim_table(entry, "view"));
    SLUICE_ASSIGN(ViewEntry made, read_view(entry, source_));
    if (!made.late_to.key.empty()) SLUICE_TRY(names_.claim_table(made.late_to, "stream"));
    file_.views.push_back(std::move(made));
    return {};
  }

  /// Views may read what is below them.
  Status check_from_of_views() const {
    for (const ViewEntry& view : file_.views) {
      if (view.from.shape() == Shape::kScalar) SLUICE_TRY(names_.find_table(view.from));
    }
    return {};
  }

  Status sink(const Entry& entry) {
    SLUICE_TRY(names_.claim_sink(entry));
    const std::string subject = "sink '" + entry.key + "'";
    SLUICE_ASSIGN(const Options options,
                  Options::validate(with_kinds(sink_keys(), kinds_.sinks), entry.value, subject));
    SinkEntry made;
    made.name = entry.key;
    made.location = entry.key_location;
    SLUICE_ASSIGN(made.connector, one_kind(entry.value, kinds_.sinks, subject, entry.key_location));
    SLUICE_ASSIGN(made.from, names_.find_table(options.value("from")));
    SLUICE_TRY(read_mode(options, subject, made));
    if (options.has("roll")) {
      SLUICE_ASSIGN(made.roll, read_roll(options.value("roll"), subject));
      if (made.mode != connector::OutputMode::kAppend &&
          made.mode != connector::OutputMode::kUpsert) {
        return options.value("roll").error(
            "'roll' of " + subject + " needs mode append or upsert: rows of mode " +
            options.text("mode") + " are not final, so they cannot wait for others");
      }
    }
    file_.sinks.push_back(std::move(made));
    return {};
  }

  Status chart(const Entry& entry) {
    SLUICE_TRY(names_.claim_chart(entry));
    const auto find = [this](const ConfigValue& name) -> Result<std::string> {
      // The name of a sink stands for what the sink reads, unless something to read has it, too.
      const auto sink = std::ranges::find(file_.sinks, name.text(), &SinkEntry::name);
      if (sink != file_.sinks.end() && !names_.has_table(name.text())) return sink->from;
      return names_.find_table(name);
    };
    SLUICE_ASSIGN(ChartEntry made, read_chart(entry, source_, find));
    file_.charts.push_back(std::move(made));
    return {};
  }

  Status mount(const Entry& entry) {
    const std::string& name = entry.key;
    const bool fine = std::ranges::all_of(name, [](unsigned char c) {
      return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '_';
    });
    const std::vector<std::string> taken = {"s3", "gs", "az", "file", "http", "https"};
    if (!fine || std::ranges::find(taken, name) != taken.end()) {
      return error_at(entry.key_location,
                      "a mount cannot be called '" + name +
                          "'; use a-z, 0-9, '-' and '_', and not the name of a scheme");
    }
    SLUICE_ASSIGN(const Options options,
                  Options::validate(mount_keys(), entry.value, "mount '" + name + "'"));
    file_.mounts.push_back({name, entry.key_location, options.value("s3")});
    return {};
  }

  static Status read_mode(const Options& options, const std::string& subject, SinkEntry& made) {
    using connector::OutputMode;
    for (const OutputMode mode :
         {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete, OutputMode::kUpsert}) {
      if (options.text("mode") == connector::output_mode_name(mode)) made.mode = mode;
    }
    made.mode_location = options.value("mode").location();
    const bool upsert = made.mode == OutputMode::kUpsert;
    for (const char* name : {"key", "order_by", "leave_out", "delete_when"}) {
      if (!options.has(name)) continue;
      if (!upsert) {
        return options.value(name).error("'" + std::string(name) + "' of " + subject +
                                         " belongs to mode: upsert; add it, or leave '" + name +
                                         "' out");
      }
    }
    if (options.has("key")) made.upsert.columns = options.text_list("key");
    if (options.has("order_by")) made.upsert.order_by = options.text_list("order_by");
    if (options.has("leave_out")) made.upsert.leave_out = options.text_list("leave_out");
    if (options.has("delete_when")) {
      made.delete_when = options.text("delete_when");
      made.delete_when_location = options.value("delete_when").location();
    }
    if (!upsert || !made.upsert.columns.empty()) return {};
    return options.value("mode").error(
        subject +
        " needs a key for mode: upsert: add key: [COLUMN, ...], the columns in which two "
        "rows are the same one");
  }

  Status trigger(const ConfigValue& value) {
    if (value.shape() == Shape::kMap) {
      SLUICE_ASSIGN(const Options options, Options::validate(trigger_keys(), value, "'trigger'"));
      file_.trigger = {TriggerEntry::Kind::kEvery, options.integer("every")};
      return {};
    }
    const std::string word = value.shape() == Shape::kScalar ? value.text() : "";
    if (word == "once") {
      file_.trigger.kind = TriggerEntry::Kind::kOnce;
    } else if (word == "available_now") {
      file_.trigger.kind = TriggerEntry::Kind::kAvailableNow;
    } else if (word != "continuous") {
      return bad_trigger(value, word);
    }
    return {};
  }

  Status alerts(const Options& options) {
    std::vector<std::string> sources;
    for (const SourceEntry& entry : file_.sources) sources.push_back(entry.name);
    const bool has_interval = file_.trigger.kind == TriggerEntry::Kind::kEvery;
    SLUICE_ASSIGN(file_.alerting,
                  read_alerts(options, {source_, kinds_.receivers, sources, has_interval}));
    return {};
  }

  static Error bad_trigger(const ConfigValue& value, const std::string& word) {
    std::string message = "'trigger' must be {every: 5s}, continuous, available_now or once, not ";
    if (word.empty()) return value.error(message + std::string(shape_name(value.shape())));
    message += "'" + word + "'";
    if (parse_duration_micros(word)) return value.error(message + "; write {every: " + word + "}");
    return value.error(message + did_you_mean(word, trigger_words()));
  }

  const SourceText& source_;
  const KnownKinds& kinds_;
  PipelineFile file_;
  Names names_;
  std::vector<ConfigValue> renames_;  // values of renamed_from
};

}  // namespace

Result<PipelineFile> read_pipeline_text(std::string_view text, const std::string& path,
                                        const KnownKinds& kinds, const Variables& variables) {
  SLUICE_ASSIGN(const ConfigValue raw, parse_yaml(text, path));
  SLUICE_ASSIGN(const ConfigValue tree, put_in_variables(raw, variables));
  const SourceText source(text, path);
  SLUICE_ASSIGN(PipelineFile file, PipelineReader(source, kinds).read(tree));
  file.tree = tree;
  for (const char* key : {"views", "functions", "charts"}) {
    const ConfigValue* const value = raw.find(key);
    if (value != nullptr) file.sql_variables.merge(values_used(*value, variables));
  }
  file.written = written_texts(raw, variables);
  return file;
}

void keep_to_shard(PipelineFile& file, const Shard& shard) {
  file.shard = shard;
  file.name = name_in_shard(file.name, shard);
  if (!file.checkpoint.empty()) file.checkpoint += "/" + shard.name();
}

Result<PipelineFile> read_pipeline_file(const std::string& path, const KnownKinds& kinds,
                                        const Variables& variables) {
  auto text = read_text_file(path, kYamlBytesMax);
  if (!text) return user_error(path + ": " + text.error().message());
  return read_pipeline_text(*text, path, kinds, variables);
}

}  // namespace sluice::config
