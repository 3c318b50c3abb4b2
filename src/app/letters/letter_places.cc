#include "app/letters/letter_places.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "connector/path_option.h"
#include "engine/dead_letters.h"

namespace sluice::app {
namespace {

bool has_option(const std::vector<OptionSpec>& specs, std::string_view name, const Options& given) {
  return std::ranges::find(specs, name, &OptionSpec::name) != specs.end() && given.has(name);
}

/// Where a place that cannot be read back is, by the option that says so.
std::string in_words(const connector::SinkKind& kind, const Options& options) {
  for (const char* name : {"topic", "path", "table", "url"}) {
    if (!has_option(kind.options, name, options)) continue;
    return "the " + kind.name + " sink '" + name + ": " + options.text(name) + "'";
  }
  return "the " + kind.name + " sink";
}

Status name_place(const config::KindUse& use, const connector::Registry& registry,
                  const io::FileSystem& files, LetterPlace& place) {
  const connector::SinkKind& kind = *registry.sink(use.kind);
  const ConfigValue given = use.options.shape() == ConfigValue::Shape::kNull
                                ? ConfigValue::null(use.location)
                                : use.options;
  SLUICE_ASSIGN(const Options options,
                Options::validate(kind.options, given, "the " + kind.name + " sink"));
  const bool parquet =
      kind.name == "parquet" || (kind.name == "file" && options.text("format") == "parquet");
  place.kind = parquet                ? LetterPlace::Kind::kFolder
               : kind.name == "delta" ? LetterPlace::Kind::kDelta
                                      : LetterPlace::Kind::kElsewhere;
  if (place.kind == LetterPlace::Kind::kElsewhere) {
    place.words = in_words(kind, options);
    return {};
  }
  SLUICE_ASSIGN(place.path, connector::path_option(options, "path", files));
  return {};
}

LetterPlace default_place(const config::PipelineFile& file, const std::string& name) {
  LetterPlace place;
  place.path = io::join_path(io::join_path(file.checkpoint, "dead_letter"), name);
  place.writer = name + ".dead_letter";
  return place;
}

bool mentions(std::string_view sql, std::string_view name) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return !std::ranges::search(sql, name, same).empty();
}

/// That nothing that any sink takes has the source's name in its SQL; false says nothing.
bool reaches_nothing(const config::PipelineFile& file, const std::string& source) {
  if (!file.charts.empty() || !file.alerting.alerts.empty()) return false;
  std::vector<std::string> reached;
  for (const config::SinkEntry& sink : file.sinks) reached.push_back(sink.from);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (mentions(reached[i], source)) return false;
    for (const config::ViewEntry& view : file.views) {
      const bool is_it = mentions(reached[i], view.name) ||
                         (!view.late_to.key.empty() && mentions(reached[i], view.late_to.key));
      const bool is_new = std::ranges::find(reached, view.sql) == reached.end();
      if (is_it && is_new) reached.push_back(view.sql);
    }
  }
  return true;
}

}  // namespace

Result<std::vector<LetterPlace>> letter_places(const config::PipelineFile& file,
                                               const connector::Registry& registry,
                                               const io::FileSystem& files) {
  std::vector<LetterPlace> places;
  for (const config::SourceEntry& entry : file.sources) {
    LetterPlace place = default_place(file, entry.name);
    place.source = entry.name;
    place.names = {entry.name};
    if (!entry.renamed_from.empty()) place.names.insert(entry.renamed_from);
    const std::string& kind = entry.connector.kind;
    place.has_lines = kind == "csv" || kind == "json_lines" || kind == "files";
    if (kind == "cassandra") {
      place.not_replayed =
          "the bytes of a Cassandra row mean something only with the columns that were read with "
          "it; correct the row in Cassandra";
    } else if (reaches_nothing(file, entry.name)) {
      place.not_replayed = "the source reaches no sink, so they would go nowhere";
    }
    if (entry.dead_letter) SLUICE_TRY(name_place(*entry.dead_letter, registry, files, place));
    places.push_back(place);
    if (entry.renamed_from.empty() || place.kind != LetterPlace::Kind::kFolder) continue;
    LetterPlace former = default_place(file, entry.renamed_from);
    if (!entry.dead_letter) place.path = former.path;
    place.writer = former.writer;
    places.push_back(std::move(place));
  }
  return places;
}

std::string letter_place_text(const LetterPlace& place, const LetterOrigin& origin) {
  data::RecordOrigin full;
  full.origin = origin.origin;
  full.partition = static_cast<std::int32_t>(origin.partition);
  full.offset = origin.offset;
  full.element = origin.element;
  full.is_file = place.has_lines;
  return engine::place_text(full);
}

}  // namespace sluice::app
