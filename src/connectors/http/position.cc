#include "connectors/http/position.h"

#include <algorithm>
#include <vector>

#include <xxhash.h>

#include "base/json.h"
#include "base/shown_text.h"
#include "io/http_url.h"

namespace sluice::connectors::http {
namespace {

Error no_position(std::string_view json) {
  return corruption_error("not a position of an http source: " + shown_text(json, 200) +
                          "; start over with a new checkpoint");
}

Result<Position> read(const Json& json, std::string_view text) {
  if (!json.is_object()) return no_position(text);
  Position position;
  const auto read_text = [&](const char* name, std::string& value) {
    const auto found = json.find(name);
    if (found == json.end()) return true;
    if (!found->is_string()) return false;
    value = found->get<std::string>();
    return true;
  };
  const auto taken = json.find("taken");
  if (taken != json.end()) {
    if (!taken->is_number_unsigned()) return no_position(text);
    position.taken = taken->get<std::uint64_t>();
  }
  const bool all = read_text("page", position.page) && read_text("cursor", position.cursor) &&
                   read_text("etag", position.etag) && read_text("modified", position.modified) &&
                   read_text("body", position.body) && read_text("event_id", position.event_id) &&
                   read_text("since", position.since);
  return all ? Result<Position>(std::move(position)) : Result<Position>(no_position(text));
}

}  // namespace

std::string Position::to_json() const {
  Json json = Json::object();
  const auto add = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  add("page", page);
  add("cursor", cursor);
  if (taken > 0) json["taken"] = taken;
  add("etag", etag);
  add("modified", modified);
  add("body", body);
  add("event_id", event_id);
  add("since", since);
  return dump_json(json);
}

Result<Position> Position::parse(std::string_view json) { return read(parse_json(json), json); }

std::string note_of(const Position& reached, const Position& began) {
  Json json = parse_json(reached.to_json());
  json["began"] = parse_json(began.to_json());
  return dump_json(json);
}

Result<std::optional<Position>> began_of(std::string_view note) {
  const Json json = parse_json(note);
  if (!json.is_object() || !json.contains("began")) return std::optional<Position>();
  SLUICE_ASSIGN(Position began, read(json["began"], note));
  return std::optional(std::move(began));
}

data::Offset with_position(const data::Offset& offset, std::string_view feed,
                           const std::string& position) {
  Json json = parse_json(offset.json);
  json["feed"] = std::string(feed);
  json["position"] = parse_json(position);
  return {dump_json(json)};
}

Result<Placed> placed(const data::Offset& offset) {
  const Json json = parse_json(offset.json);
  if (!json.is_object()) return no_position(offset.json);
  Placed out;
  if (const auto feed = json.find("feed"); feed != json.end() && feed->is_string()) {
    out.feed = feed->get<std::string>();
  }
  if (const auto found = json.find("position"); found != json.end()) {
    SLUICE_ASSIGN(out.position, read(*found, offset.json));
  }
  return out;
}

std::string feed_of(std::string_view url, bool is_secret) {
  const auto parsed = io::HttpUrl::parse(url);
  if (!parsed) return std::string(url.substr(0, url.find('?')));
  const std::size_t host = parsed->text.find("://") + 3;
  const std::size_t path = parsed->text.find_first_of("/?", host);
  const std::string rest = path == std::string::npos ? "/" : parsed->text.substr(path);
  const std::string before = rest.substr(0, rest.find('?'));
  if (!is_secret) return parsed->host + before;
  return parsed->host + "/" + std::to_string(XXH3_64bits(before.data(), before.size()));
}

std::string query_of(std::string_view url, bool is_secret) {
  const auto parsed = io::HttpUrl::parse(url);
  if (!parsed || is_secret) return "";
  const std::vector<std::string> secret = parsed->secret_parts();
  std::string open;
  for (std::string_view left = parsed->query; !left.empty();) {
    const std::string_view part = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(left.size(), part.size() + 1));
    if (std::ranges::find(secret, part) == secret.end()) open.append(part).append("&");
  }
  return open.empty() ? "" : std::to_string(XXH3_64bits(open.data(), open.size()));
}

}  // namespace sluice::connectors::http
