#include "app/composition/source_composition.h"

#include <algorithm>
#include <utility>

#include "app/composition/secret_text.h"
#include "base/check.h"
#include "base/nearest.h"
#include "formats/registry.h"

namespace sluice::app {
namespace {

/// The sink kind of dead letters unless the file names another.
constexpr const char* kDeadLetterKind = "file";

bool declares(const std::vector<OptionSpec>& specs, std::string_view name) {
  return std::ranges::find(specs, name, &OptionSpec::name) != specs.end();
}

/// The entries of the map `given` that `specs` declares.
ConfigValue part_of(const ConfigValue& given, const std::vector<OptionSpec>& specs) {
  std::vector<ConfigValue::Entry> entries;
  for (const ConfigValue::Entry& entry : given.entries()) {
    if (declares(specs, entry.key)) entries.push_back(entry);
  }
  return ConfigValue::map(std::move(entries), given.location());
}

/// A map that says nothing has the place of its key, so that messages have one.
ConfigValue options_of(const config::KindUse& use) {
  if (use.options.shape() != ConfigValue::Shape::kNull) return use.options;
  return ConfigValue::null(use.location);
}

std::string names_of(const data::Schema& schema) {
  std::string text;
  for (const data::Field& field : schema.fields()) text += (text.empty() ? "" : ", ") + field.name;
  return text;
}

engine::OnError on_error_of(const Options& options) {
  const std::string& text = options.has("on_error") ? options.text("on_error") : "dead_letter";
  if (text == "null") return engine::OnError::kNull;
  return text == "fail" ? engine::OnError::kFail : engine::OnError::kDeadLetter;
}

class SourceComposer {
 public:
  SourceComposer(const config::SourceEntry& entry, const config::PipelineFile& file,
                 const Parts& parts, bool is_table)
      : is_table_(is_table),
        entry_(entry),
        file_(file),
        parts_(parts),
        kind_(*parts.registry.source(entry.connector.kind)) {}

  Result<MadeSource> make() {
    SLUICE_TRY(refuse_shard());
    made_.part.name = entry_.name;
    made_.part.kind = entry_.connector.kind;
    made_.part.renamed_from = entry_.renamed_from;
    made_.part.location = entry_.location;
    made_.part.watermark = watermark_part(entry_.watermark);
    SLUICE_TRY(kind_.format.empty() ? separate_format() : built_in_format());
    SLUICE_TRY(add_columns());
    return std::move(made_);
  }

 private:
  Status refuse_shard() const {
    if (!file_.shard || is_table_ || kind_.has_shards) return {};
    return ConfigValue::null(entry_.connector.location)
        .error("source '" + entry_.name + "': " + kind_.name +
               " has no partitions that shards could share, and each would read all of it; shards "
               "read Kafka topics: declare it under tables, if it is one, or run it without "
               "--shard");
  }

  /// `csv: {path, schema}`: the options of source and format are in one map.
  Status built_in_format() {
    if (entry_.format) {
      return ConfigValue::null(entry_.format->location)
          .error("a " + kind_.name + " source has the format " + kind_.format +
                 " already; remove 'format' and put its options beside the source's");
    }
    const formats::FormatKind* format = formats::find_format(kind_.format);
    SLUICE_CHECK(format != nullptr);
    std::vector<OptionSpec> both = kind_.options;
    for (const OptionSpec& spec : format->options) {
      if (!declares(both, spec.name)) both.push_back(spec);
    }
    const ConfigValue given = options_of(entry_.connector);
    SLUICE_TRY(Options::validate(both, given, "the " + kind_.name + " source"));
    SLUICE_TRY(make_source(part_of(given, kind_.options)));
    return make_decoder(*format, part_of(given, format->options));
  }

  Status separate_format() {
    SLUICE_TRY(make_source(options_of(entry_.connector)));
    SLUICE_TRY(own_decoder());
    if (made_.part.decoder != nullptr && !entry_.format) return {};
    if (!entry_.format) {
      if (made_.part.source->has_payload() && made_.part.source->schema().size() == 0) {
        return ConfigValue::null(entry_.connector.location)
            .error("source '" + entry_.name +
                   "' needs a format; add format: {json: {schema: {...}}}");
      }
      return {};
    }
    if (!made_.part.source->has_payload() || made_.part.decoder != nullptr) {
      return ConfigValue::null(entry_.format->location)
          .error("a " + kind_.name + " source returns columns, not bytes; remove 'format'");
    }
    const formats::FormatKind* format = formats::find_format(entry_.format->kind);
    SLUICE_CHECK(format != nullptr);
    return make_decoder(*format, options_of(*entry_.format));
  }

  Status own_decoder() {
    auto decoder = made_.part.source->decoder();
    if (!decoder) {
      return std::move(decoder).error().with(entry_.connector.location.to_string() + ": " +
                                             (is_table_ ? "table '" : "source '") + entry_.name +
                                             "'");
    }
    made_.part.decoder = *std::move(decoder);
    return {};
  }

  Status make_source(const ConfigValue& given) {
    SLUICE_ASSIGN(const Options options,
                  Options::validate(kind_.options, given, "the " + kind_.name + " source"));
    connector::Context context{file_.name,    entry_.name,  parts_.clock,
                               parts_.random, parts_.files, parts_.spool};
    const std::string inboxes = io::join_path(file_.checkpoint, "inbox");
    context.folder = io::join_path(inboxes, entry_.name);
    if (!entry_.renamed_from.empty()) {
      context.former_folder = io::join_path(inboxes, entry_.renamed_from);
    }
    context.is_table = is_table_;
    context.shard = file_.shard;
    SLUICE_ASSIGN(made_.part.source, kind_.make(options, context));
    if (declares(kind_.options, "topic") && options.has("topic")) {
      const std::vector<std::string> topics = options.text_list("topic");
      if (topics.size() == 1) topic_ = topics[0];
    }
    if (declares(kind_.options, "partitioned_by") && options.has("partitioned_by")) {
      made_.part.partitioned_by = options.text_list("partitioned_by");
      partitioned_by_ = options.value("partitioned_by");
    }
    made_.part.on_error = on_error_of(options);
    add_secrets(kind_.options, options, made_.secrets);
    if (options.has("max_records_per_trigger")) {
      made_.part.limit.records = options.integer("max_records_per_trigger");
    }
    if (options.has("max_bytes_per_trigger")) {
      made_.part.limit.bytes = options.integer("max_bytes_per_trigger");
    }
    return {};
  }

  Status make_decoder(const formats::FormatKind& format, const ConfigValue& given) {
    SLUICE_ASSIGN(const Options options,
                  Options::validate(format.options, given, "the " + format.name + " format"));
    SLUICE_ASSIGN(made_.part.decoder, format.make(options, {parts_.files, topic_}));
    add_secrets(format.options, options, made_.secrets);
    made_.part.on_error = on_error_of(options);
    return {};
  }

  /// What SQL sees: the decoder's columns and the metadata asked for, or all of the source's own.
  /// Those of a columnar source's files are found out later, by SQL.
  Status add_columns() {
    std::vector<sql::ScanColumn>& columns = made_.part.columns;
    const data::Schema& own = made_.part.source->schema();
    if (made_.part.decoder != nullptr) {
      const data::Schema& decoded = made_.part.decoder->schema();
      for (std::size_t i = 0; i < decoded.size(); ++i) columns.push_back({decoded[i], true, i});
    } else if (entry_.metadata.empty() && !made_.part.source->is_columnar()) {
      for (std::size_t i = 0; i < own.size(); ++i) columns.push_back({own[i], false, i});
    }
    for (const config::MetadataColumn& metadata : entry_.metadata) {
      SLUICE_TRY(add_metadata(metadata, own));
    }
    return check_partitioned_by();
  }

  Status check_partitioned_by() const {
    std::vector<std::string> names;
    data::Schema all;
    for (const sql::ScanColumn& column : made_.part.columns) {
      names.push_back(column.field.name);
      all.add(column.field);
    }
    for (const std::string& name : made_.part.partitioned_by) {
      if (all.find(name) >= 0) continue;
      const std::string guess = did_you_mean(name, names);
      return partitioned_by_.error("partitioned_by: source '" + entry_.name + "' has no column '" +
                                   name + "'" +
                                   (guess.empty() ? "; it has: " + names_of(all) : guess));
    }
    return {};
  }

  Status add_metadata(const config::MetadataColumn& metadata, const data::Schema& source) {
    const ConfigValue place = ConfigValue::null(metadata.location);
    const data::Schema own = with_added_columns(source);
    const int index = own.find(metadata.column);
    if (index < 0) {
      std::vector<std::string> names;
      for (const data::Field& field : own.fields()) names.push_back(field.name);
      if (names.empty()) return place.error("a " + kind_.name + " source has no metadata");
      const std::string guess = did_you_mean(metadata.column, names);
      return place.error("a " + kind_.name + " source has no metadata '" + metadata.column + "'" +
                         (guess.empty() ? "; it has: " + names_of(own) : guess));
    }
    for (const sql::ScanColumn& column : made_.part.columns) {
      if (data::Schema({column.field}).find(metadata.name) < 0) continue;
      return place.error("the column '" + metadata.name +
                         "' is there twice; rename the metadata: {new_" + metadata.name + ": " +
                         metadata.column + "}");
    }
    const auto at = static_cast<std::size_t>(index);
    const bool added = at >= source.size();
    made_.part.columns.push_back({{metadata.name, own[at].type},
                                  false,
                                  added ? data::Decoder::kAddedColumn + at - source.size() : at});
    return {};
  }

  /// The source's own columns, then those that the decoder adds to them.
  data::Schema with_added_columns(const data::Schema& source) const {
    data::Schema all = source;
    if (made_.part.decoder == nullptr) return all;
    for (const data::Field& field : made_.part.decoder->added_columns().fields()) all.add(field);
    return all;
  }

  const bool is_table_;
  const config::SourceEntry& entry_;
  const config::PipelineFile& file_;
  const Parts& parts_;
  const connector::SourceKind& kind_;
  MadeSource made_;
  std::string topic_;           // the one that it reads; "": none, or several
  ConfigValue partitioned_by_;  // for messages
};

}  // namespace

engine::WatermarkPart watermark_part(const config::WatermarkEntry& entry) {
  return {.column = entry.column,
          .delay = entry.delay_us,
          .idle_after = entry.idle_after_us,
          .advances_when_idle = entry.advances_when_idle,
          .location = entry.location};
}

Result<MadeSource> make_source(const config::SourceEntry& entry, const config::PipelineFile& file,
                               const Parts& parts) {
  return SourceComposer(entry, file, parts, /*is_table=*/false).make();
}

Result<MadeTable> make_table(const config::TableEntry& entry, const config::PipelineFile& file,
                             const Parts& parts) {
  const config::SourceEntry& source = entry.source;
  MadeTable made;
  made.part.name = source.name;
  made.part.kind = source.connector.kind;
  made.part.location = source.location;
  made.part.refresh = entry.refresh_us;
  made.part.latest_by_key = entry.latest_by_key;
  const connector::TableKind* kind = parts.registry.table(source.connector.kind);
  const auto keyless = [&] {
    return ConfigValue::null(entry.latest_by_key_location)
        .error("latest_by_key needs records that have a key, as Kafka's do; a " +
               source.connector.kind + " table has none: leave it out");
  };
  if (kind != nullptr && entry.latest_by_key) return keyless();
  if (kind == nullptr) {
    SLUICE_ASSIGN(MadeSource whole, SourceComposer(source, file, parts, /*is_table=*/true).make());
    const connector::Source& records = *whole.part.source;
    if (records.ending({}) != connector::Ending::kNever && !records.can_reread()) {
      return ConfigValue::null(source.connector.location)
          .error("a table is read in full, each time it is needed, and " + source.connector.kind +
                 " gives nothing twice; declare it under sources, or read a file");
    }
    const bool has_keys = records.has_payload() && records.schema().find("key") >= 0;
    if (entry.latest_by_key && !has_keys) return keyless();
    made.part.source = std::move(whole.part);
    made.secrets = std::move(whole.secrets);
    return made;
  }
  if (source.format) {
    return ConfigValue::null(source.format->location)
        .error("a " + kind->name + " table has its own format; remove 'format'");
  }
  if (!source.metadata.empty()) {
    return ConfigValue::null(source.metadata[0].location)
        .error("a " + kind->name + " table has no metadata; remove 'metadata'");
  }
  SLUICE_ASSIGN(const Options options,
                Options::validate(kind->options, options_of(source.connector),
                                  "the " + kind->name + " table"));
  const connector::Context context{file.name,    source.name, parts.clock,
                                   parts.random, parts.files, parts.spool};
  SLUICE_ASSIGN(made.part.files, kind->make(options, context));
  add_secrets(kind->options, options, made.secrets);
  return made;
}

Result<MadeSink> make_sink(const config::KindUse& use, const connector::Context& context,
                           const std::string& subject, const Parts& parts) {
  const connector::SinkKind& kind = *parts.registry.sink(use.kind);
  SLUICE_ASSIGN(const Options options,
                Options::validate(kind.options, options_of(use), "the " + kind.name + " sink"));
  MadeSink made;
  SLUICE_ASSIGN(made.sink, kind.make(options, context));
  made.promise = kind.promise_with ? kind.promise_with(options) : kind.promise;
  made.subject = subject;
  made.location = use.location;
  if (declares(kind.options, "path") && options.has("path")) made.path = options.text("path");
  while (made.path.size() > 1 && made.path.ends_with('/')) made.path.pop_back();
  made.place = made.path.empty() ? kind.name : made.path;
  if (declares(kind.options, "topic")) made.topic = options.text("topic");
  if (kind.exclusive) made.exclusive = kind.exclusive(options, context);
  add_secrets(kind.options, options, made.secrets);
  return made;
}

Result<MadeSink> make_dead_letter(const config::SourceEntry& entry,
                                  const config::PipelineFile& file, const Parts& parts) {
  // As the engine names it in messages.
  connector::Context context{
      file.name, entry.name + ".dead_letter", parts.clock, parts.random, parts.files, parts.spool};
  context.shard = file.shard;
  const std::string subject = "the dead letter of source '" + entry.name + "'";
  if (entry.dead_letter) {
    SLUICE_ASSIGN(MadeSink made, make_sink(*entry.dead_letter, context, subject, parts));
    auto fits = made.sink->check(engine::dead_letter_schema(), connector::OutputMode::kAppend);
    if (fits) return made;
    return ConfigValue::null(entry.dead_letter->location)
        .error(subject + ": " + fits.error().message());
  }
  const std::string folder =
      io::join_path(io::join_path(file.checkpoint, "dead_letter"), entry.name);
  config::KindUse use;
  use.kind = kDeadLetterKind;
  use.location = entry.location;
  auto option = [&](const std::string& key, const std::string& text) {
    return ConfigValue::Entry{key, entry.location,
                              ConfigValue::scalar(text, /*quoted=*/true, entry.location)};
  };
  use.options =
      ConfigValue::map({option("path", folder), option("format", "parquet")}, entry.location);
  return make_sink(use, context, subject, parts);
}

}  // namespace sluice::app
