#include "http/routes.h"

#include <algorithm>

#include "base/check.h"

namespace sluice::http {
namespace {

std::vector<std::string> split(std::string_view pattern) {
  SLUICE_CHECK(pattern.starts_with('/'));
  std::vector<std::string> segments;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    segments.emplace_back(pattern.substr(0, end));
    pattern.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::optional<Pairs> match(const Route& route, const Target& target) {
  if (route.segments.size() != target.segments.size()) return std::nullopt;
  Pairs parameters;
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string& wanted = route.segments[i];
    const std::string& given = target.segments[i];
    if (is_parameter(wanted)) {
      if (given.empty()) return std::nullopt;
      parameters.emplace_back(wanted.substr(1, wanted.size() - 2), given);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  return parameters;
}

void add_method(std::vector<std::string>& methods, const std::string& method) {
  if (std::ranges::find(methods, method) == methods.end()) methods.push_back(method);
}

}  // namespace

void Routes::add(std::string_view method, std::string_view pattern, Handler handler, Pace pace,
                 Access access) {
  routes_.push_back(
      {std::string(method), split(pattern), std::move(handler), nullptr, pace, access});
}

void Routes::add_stream(std::string_view pattern, Broadcast& broadcast, Access access) {
  routes_.push_back({"GET", split(pattern), {}, &broadcast, Pace::kQuick, access});
}

void Routes::add_files(std::span<const StaticFile> files) {
  files_.insert(files_.end(), files.begin(), files.end());
}

Routes::Found Routes::find(std::string_view method, const Target& target) const {
  if (method == "HEAD") method = "GET";
  Found found;
  for (const Route& route : routes_) {
    auto parameters = match(route, target);
    if (!parameters) continue;
    add_method(found.methods, route.method);
    if (route.method == "GET") add_method(found.methods, "HEAD");
    if (found.route == nullptr && route.method == method) {
      found.route = &route;
      found.parameters = *std::move(parameters);
    }
  }
  const auto file = std::ranges::find(files_, target.path, &StaticFile::path);
  if (file == files_.end()) return found;
  add_method(found.methods, "GET");
  add_method(found.methods, "HEAD");
  if (found.route == nullptr && method == "GET") found.file = &*file;
  return found;
}

}  // namespace sluice::http
