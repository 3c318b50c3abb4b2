#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// How far a feed is fetched: kept with the records that were fetched (the inbox's note) and in the
/// offset of the batch that took them, so that one is never without the other. Empty: not begun.
struct Position {
  std::string page;         ///< URL of the page to ask for, where an answer named it; "": `url`
  std::string cursor;       ///< value of the cursor's parameter; "": none
  std::uint64_t taken = 0;  ///< records of that page, or events after that id, which are taken
  std::string etag;         ///< of the newest answer there
  std::string modified;     ///< its Last-Modified
  std::string body;         ///< hash of its bytes
  std::string event_id;     ///< of the newest server-sent event
  std::string since;        ///< the greatest value of `since`

  bool operator==(const Position&) const = default;
  /// Without the empty fields: "{}" when nothing is begun.
  std::string to_json() const;
  /// kCorruption: no position.
  static Result<Position> parse(std::string_view json);
};

/// The note of records in the inbox: where the feed goes on after them, and where it was when their
/// answer was asked for, which counts for who has taken some of them only.
std::string note_of(const Position& reached, const Position& began);
/// The latter; null: it was not noted.
Result<std::optional<Position>> began_of(std::string_view note);

/// An offset of the inbox with the position that its records end at, and the feed's name.
data::Offset with_position(const data::Offset& offset, std::string_view feed,
                           const std::string& position);

/// What with_position() has put in.
struct Placed {
  std::string feed;  ///< "": none
  Position position;
};
Result<Placed> placed(const data::Offset& offset);

/// What says whether a URL is still the same feed: host and path, without the query. Of a secret
/// one a hash of the path.
std::string feed_of(std::string_view url, bool is_secret = false);
/// And of its query: a hash without its secret parameters, of a secret URL nothing.
std::string query_of(std::string_view url, bool is_secret = false);

}  // namespace sluice::connectors::http
