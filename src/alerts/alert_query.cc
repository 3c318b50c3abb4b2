#include "alerts/alert_query.h"

#include <set>
#include <utility>

#include "alerts/alert_state.h"
#include "alerts/row_texts.h"
#include "base/nearest.h"
#include "base/utf8_text.h"

namespace sluice::alerts {
namespace {

constexpr std::size_t kRowsMax = 100'000;
constexpr std::size_t kKeyBytesMax = 300;
/// Of a row's object; a larger one is left out.
constexpr std::size_t kValuesBytesMax = 8192;

std::string names_of(const data::Schema& schema) {
  std::string text;
  for (const data::Field& field : schema.fields()) text += (text.empty() ? "" : ", ") + field.name;
  return text;
}

Error no_column(const Location& location, const std::string& what, const std::string& name,
                const data::Schema& schema) {
  std::vector<std::string> names;
  for (const data::Field& field : schema.fields()) names.push_back(field.name);
  const std::string guess = did_you_mean(name, names);
  return ConfigValue::null(location).error(
      what + " names the column '" + name + "', which the query has not" +
      (guess.empty() ? "; it has: " + names_of(schema) : guess));
}

Result<std::vector<std::size_t>> find_all(const AlertColumns& columns, const std::string& what,
                                          const data::Schema& schema) {
  std::vector<std::size_t> found;
  for (const std::string& name : columns.names) {
    const int at = schema.find(name);
    if (at < 0) return no_column(columns.location, what, name, schema);
    found.push_back(static_cast<std::size_t>(at));
  }
  return found;
}

/// A key that is too long stays one of its own.
std::string short_key(std::string key) {
  key = with_valid_utf8(key);
  if (key.size() <= kKeyBytesMax) return key;
  const std::string mark = "#" + id_of({key}).substr(0, 8);
  return cut(std::move(key), kKeyBytesMax - mark.size()) + mark;
}

}  // namespace

Result<AlertQuery> AlertQuery::make(const Alert& alert, const data::Schema& when,
                                    const data::Schema* clear_when) {
  AlertQuery made(alert);
  auto found = made.find_columns(when, clear_when);
  if (!found) return std::move(found).error();
  return made;
}

Result<std::vector<std::size_t>> AlertQuery::key_of(const data::Schema& schema) const {
  if (alert_->key) return find_all(*alert_->key, "'key' of alert '" + alert_->name + "'", schema);
  std::vector<std::size_t> key;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (!is_number(schema[i].type)) key.push_back(i);
  }
  return key;
}

Status AlertQuery::find_columns(const data::Schema& when, const data::Schema* clear_when) {
  const std::string subject = "alert '" + alert_->name + "'";
  SLUICE_ASSIGN(key_, key_of(when));
  if (clear_when != nullptr) {
    AlertColumns same{{}, alert_->clear_when.location};
    for (const std::size_t column : key_) same.names.push_back(when[column].name);
    SLUICE_ASSIGN(clear_key_, find_all(same, "the key of " + subject, *clear_when));
  }
  if (alert_->group_by) {
    SLUICE_ASSIGN(group_, find_all(*alert_->group_by, "'group_by' of " + subject, when));
  }
  SLUICE_ASSIGN(text_, TextTemplate::parse(alert_->text));
  for (const std::string& name : text_.names()) {
    if (when.find(name) < 0) {
      return no_column(alert_->text_location, "'text' of " + subject, name, when);
    }
  }
  return {};
}

Result<Observation> AlertQuery::read(connector::BatchTable& when, connector::BatchTable* clear_when,
                                     const std::set<std::string>& followed) const {
  Observation seen;
  SLUICE_TRY(read_active(when, followed, seen));
  if (clear_when != nullptr) SLUICE_TRY(read_cleared(*clear_when, seen));
  return seen;
}

Status AlertQuery::read_active(connector::BatchTable& rows, const std::set<std::string>& followed,
                               Observation& seen) const {
  const data::Schema schema = connector::chunk_schema(rows.schema());
  const RowTexts texts(schema, rows.zone());
  std::vector<std::size_t> all(schema.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::set<std::string> known;
  std::size_t read = 0;
  std::size_t unknown = 0;
  return rows.read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (read++ == kRowsMax) {
        seen.is_cut = true;
        return false;
      }
      std::string key = short_key(texts.key(chunk.columns, key_, row));
      if (!known.insert(key).second) continue;
      if (!followed.contains(key) && unknown++ >= kKeysMax) {
        ++seen.others;
        continue;
      }
      ActiveKey one;
      one.key = std::move(key);
      const auto value = [&](const std::string& name) {
        return texts.text(chunk.columns, static_cast<std::size_t>(schema.find(name)), row);
      };
      one.text =
          cut(alert_->text.empty() ? texts.joined(chunk.columns, all, row) : text_.fill(value),
              kTextBytesMax);
      one.values = texts.values(chunk.columns, row);
      if (dump_json(one.values).size() > kValuesBytesMax) one.values = OrderedJson::object();
      if (alert_->group_by) one.group = short_key(texts.key(chunk.columns, group_, row));
      seen.active.push_back(std::move(one));
    }
    return true;
  });
}

Status AlertQuery::read_cleared(connector::BatchTable& rows, Observation& seen) const {
  const RowTexts texts(connector::chunk_schema(rows.schema()), rows.zone());
  std::set<std::string>& cleared = seen.cleared.emplace();
  std::size_t read = 0;
  return rows.read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (read++ == kRowsMax) return false;
      cleared.insert(short_key(texts.key(chunk.columns, clear_key_, row)));
    }
    return true;
  });
}

}  // namespace sluice::alerts
