#include "connectors/http/paging.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/percent_text.h"
#include "io/http_url.h"

namespace sluice::connectors::http {
namespace {

constexpr std::string_view kHidden = "***";

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Whether parameters after a link's URL say rel=next, alone or among others.
bool is_next(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view part = parameters.substr(0, parameters.find(';'));
    parameters.remove_prefix(std::min(parameters.size(), part.size() + 1));
    std::string_view one = trimmed(part);
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos ||
        !io::is_same_header(trimmed(one.substr(0, equals)), "rel"))
      continue;
    one = trimmed(one.substr(equals + 1));
    if (one.size() >= 2 && one.front() == '"') one = one.substr(1, one.size() - 2);
    while (!one.empty()) {
      const std::string_view word = one.substr(0, one.find(' '));
      one.remove_prefix(std::min(one.size(), word.size() + 1));
      if (io::is_same_header(word, "next")) return true;
    }
  }
  return false;
}

/// A query's parts, "name=value".
std::vector<std::string_view> parts_of(std::string_view query) {
  std::vector<std::string_view> parts;
  while (!query.empty()) {
    parts.push_back(query.substr(0, query.find('&')));
    query.remove_prefix(std::min(query.size(), parts.back().size() + 1));
  }
  return parts;
}

std::string_view name_of(std::string_view part) { return part.substr(0, part.find('=')); }
std::string_view value_of(std::string_view part) {
  const std::size_t equals = part.find('=');
  return equals == std::string_view::npos ? "" : part.substr(equals + 1);
}

/// The parameters that are not kept: those that name a secret, of a secret URL all.
std::vector<std::string> secret_parts(std::string_view url, bool is_secret) {
  std::vector<std::string> secret;
  const auto parsed = io::HttpUrl::parse(url);
  if (!parsed) return secret;
  if (!is_secret) return parsed->secret_parts();
  for (const std::string_view part : parts_of(parsed->query)) secret.emplace_back(part);
  return secret;
}

/// In the query of `page`, values of secret parameters of `url` as ***, and back. What a server
/// writes in another way (%2F, %2f and /) is the same value; another value is the answer's own, and
/// without it the feed could not go on.
std::string exchanged(const std::string& page, const std::vector<std::string>& secret, bool hide) {
  const std::size_t mark = page.find('?');
  if (mark == std::string::npos || secret.empty()) return page;
  std::string out = page.substr(0, mark);
  char before = '?';
  for (const std::string_view part : parts_of(std::string_view(page).substr(mark + 1))) {
    const auto same = std::ranges::find_if(secret, [&](const std::string& own) {
      if (percent_decoded(name_of(own)) != percent_decoded(name_of(part))) return false;
      if (value_of(own).empty()) return false;
      return hide ? percent_decoded(value_of(own)) == percent_decoded(value_of(part))
                  : value_of(part) == kHidden;
    });
    out += std::exchange(before, '&');
    if (same == secret.end()) {
      out += part;
    } else {
      out += name_of(part);
      out += '=';
      out += hide ? kHidden : value_of(*same);
    }
  }
  return out;
}

/// What comes before the path: "https://a.org".
std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  return host == std::string_view::npos ? "" : url.substr(0, url.find_first_of("/?", host + 3));
}

std::vector<std::string_view> segments_of(std::string_view url) {
  std::vector<std::string_view> segments;
  std::string_view path = url.substr(0, url.find('?'));
  path.remove_prefix(std::min(path.size(), origin_of(url).size() + 1));
  while (!path.empty()) {
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(path.size(), segments.back().size() + 1));
  }
  return segments;
}

/// In the path of `page`, a segment that the path of `url` has, too, as *** and its number there.
std::string without_segments(const std::string& page, std::string_view url) {
  const std::vector<std::string_view> own = segments_of(url);
  const std::size_t end = std::min(page.find('?'), page.size());
  std::string out(origin_of(page));
  for (std::size_t at = out.size(); at < end;) {
    const std::size_t next = std::min(page.find('/', at + 1), end);
    const std::string_view segment = std::string_view(page).substr(at + 1, next - at - 1);
    const auto same = std::ranges::find_if(own, [&](std::string_view one) {
      return !one.empty() && percent_decoded(one) == percent_decoded(segment);
    });
    out += '/';
    out += same == own.end() ? std::string(segment)
                             : std::string(kHidden) + std::to_string(same - own.begin());
    at = next;
  }
  return out + page.substr(end);
}

std::string with_segments(const std::string& page, std::string_view url) {
  const std::vector<std::string_view> own = segments_of(url);
  const std::size_t end = std::min(page.find('?'), page.size());
  std::string out(origin_of(page));
  for (std::size_t at = out.size(); at < end;) {
    const std::size_t next = std::min(page.find('/', at + 1), end);
    const std::string segment = page.substr(at + 1, next - at - 1);
    std::size_t number = own.size();
    if (segment.starts_with(kHidden)) {
      const char* const digits = segment.data() + kHidden.size();
      const char* const last = segment.data() + segment.size();
      if (std::from_chars(digits, last, number).ptr != last) number = own.size();
    }
    out += '/';
    out += number < own.size() ? own[number] : segment;
    at = next;
  }
  return out + page.substr(end);
}

}  // namespace

std::optional<std::string> next_link(std::string_view link) {
  while (true) {
    const std::size_t open = link.find('<');
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t close = link.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view url = link.substr(open + 1, close - open - 1);
    link.remove_prefix(close + 1);
    // Up to the next link: a comma and an angle bracket.
    const std::string_view parameters = link.substr(0, link.find('<'));
    const std::size_t comma = parameters.rfind(',');
    const bool more = parameters.size() < link.size() && comma != std::string_view::npos;
    if (is_next(more ? parameters.substr(0, comma) : parameters)) return std::string(url);
  }
}

Result<std::optional<std::string>> page_after(const io::HttpResponse& answer, const Paging& paging,
                                              formats::JsonParts& json) {
  std::optional<std::string> next;
  if (paging.link) {
    for (const auto& [name, value] : answer.headers) {
      if (!next && io::is_same_header(name, "link")) next = next_link(value);
    }
  } else if (paging.any()) {
    SLUICE_ASSIGN(next,
                  json.text_at(answer.body, paging.cursor.empty() ? paging.next : paging.cursor));
  }
  if (!next || next->empty()) return std::optional<std::string>();
  if (!paging.cursor.empty()) return next;
  SLUICE_ASSIGN(const auto base, io::HttpUrl::parse(answer.url));
  SLUICE_ASSIGN(auto url, base.resolve(*next));
  return std::optional(std::move(url.text));
}

std::string without_secrets(std::string page, std::string_view url, bool is_secret) {
  page = exchanged(page, secret_parts(url, is_secret), true);
  return is_secret ? without_segments(page, url) : page;
}

std::string with_secrets(std::string page, std::string_view url, bool is_secret) {
  if (is_secret) page = with_segments(page, url);
  return exchanged(page, secret_parts(url, is_secret), false);
}

}  // namespace sluice::connectors::http
