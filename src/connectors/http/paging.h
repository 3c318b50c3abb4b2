#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connectors/http/feed.h"
#include "formats/json_parts.h"
#include "io/http_message.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// The URL that the header's `rel="next"` names (RFC 8288); null: none does.
std::optional<std::string> next_link(std::string_view link);

/// The page after `answer`: a URL, or a cursor's value, as `paging` says; null: it is the last.
/// kData: the body is not JSON. kUser: the URL cannot be requested.
Result<std::optional<std::string>> page_after(const io::HttpResponse& answer, const Paging& paging,
                                              formats::JsonParts& json);

/// `page` with *** for the values of secret parameters that are those of `url`, however they are
/// written, and where `url` is secret itself for all values, and parts of the path, that both have:
/// for keeping it.
std::string without_secrets(std::string page, std::string_view url, bool is_secret = false);
/// And back.
std::string with_secrets(std::string page, std::string_view url, bool is_secret = false);

}  // namespace sluice::connectors::http
