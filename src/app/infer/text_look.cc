#include <algorithm>
#include <utility>

#include "app/infer/csv_look.h"
#include "app/infer/json_columns.h"
#include "app/infer/source_look.h"
#include "app/transfer/source_text.h"
#include "base/quantity_text.h"
#include "base/utf8_text.h"
#include "data/arena.h"

namespace sluice::app {
namespace {

/// Of what is CSV by its looks alone.
constexpr double kAgreementMin = 0.9;

ConfigValue::Entry flag(std::string name, bool value) {
  return {std::move(name), {}, ConfigValue::scalar(value ? "true" : "false", /*quoted=*/false, {})};
}

std::string mark_text(char mark) {
  if (mark == '\0') return "";
  return mark == '\t' ? "tab" : std::string(1, mark);
}

/// Those that differ from the format's defaults.
connector::AddressOptions style_options(const formats::CsvStyle& style) {
  connector::AddressOptions options;
  if (style.delimiter != ',') {
    options.push_back(connector::address_option("delimiter", mark_text(style.delimiter)));
  }
  if (style.quote != '"') {
    options.push_back(connector::address_option("quote", mark_text(style.quote)));
  }
  if (style.quote != '\0' && style.escape != style.quote) {
    options.push_back(connector::address_option("escape", mark_text(style.escape)));
  }
  if (style.trim) options.push_back(flag("trim", true));
  return options;
}

std::string style_words(const CsvLook& look) {
  std::string words = "CSV: '" + mark_text(look.style.delimiter) + "' between " +
                      counted(static_cast<std::int64_t>(look.names.size()), "field", "fields");
  words += look.has_header ? ", a header" : ", no header";
  if (look.style.quote == '\0') words += ", quotes mean nothing";
  if (look.style.quote == '\'') words += ", ' around fields";
  if (look.style.trim) words += ", blanks around fields";
  return words;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The columns of CSV records, one after the other.
class CsvColumns {
 public:
  explicit CsvColumns(const CsvLook& look) : look_(look), stats_(look.names.size()) {}

  /// False: it is no such record.
  bool add(std::string_view record) {
    if (arena_.bytes() > kArenaBytesMax) arena_ = data::Arena();
    if (!is_utf8(record)) {
      ++not_utf8_;
      return false;
    }
    if (formats::split_csv(record, look_.style, arena_, fields_) != formats::Reason::kNone ||
        fields_.size() != stats_.size()) {
      return false;
    }
    ++records_;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const formats::CsvField& field = fields_[i];
      const std::string_view text =
          look_.style.trim && !field.quoted ? without_blanks(field.text) : field.text;
      // Nothing between two delimiters is NULL.
      if (!text.empty() || field.quoted) stats_[i].add(text);
    }
    return true;
  }

  std::vector<InferredColumn> columns() const {
    std::vector<InferredColumn> made;
    for (std::size_t i = 0; i < stats_.size(); ++i) {
      made.push_back({.name = look_.names[i],
                      .what = type_of_column(look_.names[i], stats_[i], records_),
                      .records = records_,
                      .values = stats_[i].values(),
                      .distinct = stats_[i].distinct()});
    }
    return made;
  }

  std::int64_t records() const { return records_; }
  std::int64_t not_utf8() const { return not_utf8_; }

 private:
  static constexpr std::size_t kArenaBytesMax = 1 << 20;

  const CsvLook& look_;
  std::vector<ColumnStats> stats_;
  std::int64_t records_ = 0;
  std::int64_t not_utf8_ = 0;
  data::Arena arena_;
  std::vector<formats::CsvField> fields_;
};

bool has_field(const JsonPlace& place, std::string_view name) { return place.index.contains(name); }

}  // namespace

Status SourceLook::csv(const Head& head) {
  const bool is_file = found_.kind != "kafka";
  if (head.records == 0) return nothing("there is no record in it; put some in first");
  const CsvLook look = look_at_csv(head.text, is_file, given_delimiter());
  if (look.names.empty()) return nothing("its lines are no CSV; their quotes do not match");
  found_.words = style_words(look);
  connector::AddressOptions& options = is_file ? found_.options : found_.format_options;
  for (ConfigValue::Entry& entry : style_options(look.style)) set_option(options, std::move(entry));
  if (is_file) {
    if (!look.has_header) set_option(options, flag("header", false));
    // Names that no schema can have, or something above them: columns go by their place.
    if (look.has_header && (!look.names_as_written || look.header_record > 0)) {
      set_option(options, flag("check_header", false));
    }
    SLUICE_TRY(put_in_given());
  }
  found_.schema = is_file ? Inference::Schema::kConnector : Inference::Schema::kFormat;
  if (!is_file) found_.format = "csv";
  found_.notes.insert(found_.notes.end(), look.notes.begin(), look.notes.end());
  if (look.header_record > 0) {
    found_.notes.push_back(
        "Above the header are lines of something else: what is not the first "
        "line becomes a dead letter, and so may the header.");
  }
  for (const std::string& name : look.names) found_.columns.push_back({.name = name, .what = {}});
  CsvColumns columns(look);
  std::size_t to_skip = look.header_record;
  std::string header;
  SLUICE_TRY(read_records(source_lines(found_, false), [&](std::string_view text, bool is_there) {
    // The header that is not the first line.
    if (to_skip > 0) {
      if (--to_skip == 0) header = text;
      return;
    }
    if (is_there) columns.add(text);
  }));
  if (found_.records == 0) return nothing("it has a header and no record; put some in first");
  if (columns.not_utf8() > 0) {
    found_.notes.push_back(count_text(columns.not_utf8()) +
                           " of them are not UTF-8, which is what is read; if it is Latin-1: "
                           "iconv -f LATIN1 -t UTF-8 FILE > NEW");
  }
  if (columns.records() == 0) {
    return nothing(
        "none of its " + count_text(found_.records) + " records decodes as " + found_.words +
        (columns.not_utf8() > 0 ? "; they are not UTF-8: iconv -f LATIN1 -t UTF-8" : ""));
  }
  found_.columns = columns.columns();
  return verify([&](std::string_view text) { return header.empty() || text != header; });
}

Status SourceLook::json(bool lists) {
  const bool is_file = found_.kind != "kafka";
  found_.words = lists ? "JSON, a list of objects a line" : "JSON, an object a line";
  if (!is_file) found_.words = lists ? "JSON: lists of objects" : "JSON: objects";
  JsonTree tree;
  found_.schema = is_file ? Inference::Schema::kConnector : Inference::Schema::kFormat;
  connector::AddressOptions& options = is_file ? found_.options : found_.format_options;
  if (!is_file) found_.format = "json";
  if (lists) set_option(options, connector::address_option("each", "/-"));
  if (is_file) SLUICE_TRY(put_in_given());
  found_.columns = {{.name = "any", .what = {.type = data::TypeId::kJson}}};
  std::int64_t absent = 0;
  SLUICE_TRY(read_records(source_lines(found_, false), [&](std::string_view text, bool is_there) {
    absent += is_there ? 0 : 1;
    const auto events = is_there ? json_events(text) : std::vector<JsonEvent>();
    if (events.empty()) return;
    if (lists && JsonTree::is_list_of_objects(events)) tree.add_elements(events);
    if (!lists && events.front().kind == JsonEvent::Kind::kBeginObject) tree.add(events);
  }));
  found_.columns = json_columns(tree.root());
  if (std::ranges::all_of(found_.columns, &InferredColumn::is_left_out)) {
    return nothing("none of its " + count_text(found_.records) +
                   " records is a JSON object with a field");
  }
  if (tree.root().is_too_wide) {
    found_.notes.emplace_back(
        "There are more fields; rescued_column keeps those without a column.");
  }
  if (has_field(tree.root(), "op") && has_field(tree.root(), "after")) {
    found_.notes.emplace_back("This looks like Debezium's envelope: docs/reference/debezium.md");
  }
  if (absent > 0) {
    found_.notes.push_back(count_text(absent) +
                           " have no value (tombstones): dead letters; with tombstones: rows they "
                           "are rows of NULL.");
  }
  return verify([](std::string_view text) { return !json_events(text).empty(); });
}

Status SourceLook::text_file() {
  SLUICE_ASSIGN(const Head seen, head(source_lines(found_, false)));
  if (seen.records == 0) return nothing("there is no record in it; put some in first");
  if (seen.objects * 2 > seen.records || seen.lists * 2 > seen.records) {
    found_.kind = "json_lines";
    return json(seen.objects == 0);
  }
  const CsvLook look = look_at_csv(seen.text, /*is_file=*/true, given_delimiter());
  if (look.names.size() > 1 && look.agreement >= kAgreementMin) {
    found_.kind = "csv";
    return csv(seen);
  }
  return typed();
}

Status SourceLook::topic() {
  SLUICE_TRY(put_in_given());
  SLUICE_ASSIGN(const Head seen, head(source_lines(found_, false)));
  const std::int64_t there = seen.records - seen.absent;
  if (there == 0) {
    return nothing(seen.records == 0 ? "there is no record in it; produce some first"
                                     : "its records have no value");
  }
  if (seen.objects * 2 > there || seen.lists * 2 > there) return json(seen.objects == 0);
  if (seen.numbered * 2 > there) {
    found_.notes.emplace_back(
        "Values begin with the number of a schema: give the registry, as with "
        "--format 'avro: {registry: \"http://HOST:8081\"}'.");
  } else if (seen.utf8 * 10 >= there * 9) {
    const CsvLook look = look_at_csv(seen.text, /*is_file=*/false, std::nullopt);
    if (look.names.size() > 1 && look.agreement >= kAgreementMin) return csv(seen);
    found_.format = "text";
    found_.words = "texts";
  }
  return typed();
}

}  // namespace sluice::app
