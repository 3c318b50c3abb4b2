#include "connectors/http/paging.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

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

/// In `page`, each "name=<from>" of a secret parameter of `url` as "name=<to>".
std::string exchanged(std::string page, std::string_view url, bool hide) {
  const auto parsed = io::HttpUrl::parse(url);
  if (!parsed) return page;
  for (const std::string& part : parsed->secret_parts()) {
    const std::string name = part.substr(0, part.find('=') + 1);
    const std::string hidden = name + std::string(kHidden);
    const std::string& from = hide ? part : hidden;
    const std::size_t mark = page.find('?');
    if (mark == std::string::npos) continue;
    for (std::size_t at = page.find(from, mark); at != std::string::npos;
         at = page.find(from, at + 1)) {
      const std::size_t end = at + from.size();
      const bool whole =
          (page[at - 1] == '?' || page[at - 1] == '&') && (end == page.size() || page[end] == '&');
      if (whole) page.replace(at, from.size(), hide ? hidden : part);
    }
  }
  return page;
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
  page = exchanged(std::move(page), url, true);
  const std::string_view before = url.substr(0, url.find('?'));
  const bool same = page.substr(0, page.find('?')) == before;
  if (is_secret && same) page.replace(0, before.size(), kHidden);
  return page;
}

std::string with_secrets(std::string page, std::string_view url, bool is_secret) {
  const bool hidden = page.substr(0, page.find('?')) == kHidden;
  if (is_secret && hidden) page.replace(0, kHidden.size(), url.substr(0, url.find('?')));
  return exchanged(std::move(page), url, false);
}

}  // namespace sluice::connectors::http
