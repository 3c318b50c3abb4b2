#include "engine/read_ahead.h"

#include <algorithm>
#include <utility>

#include "base/border.h"
#include "base/log.h"
#include "base/thread.h"

namespace sluice::engine {

void ReadAhead::begin(const std::map<std::string, data::Offset>& from,
                      const std::stop_token& stop) {
  found_.clear();
  const bool any = std::ranges::any_of(
      pipeline_.sources, [](const SourcePart& source) { return source.source->is_slow(); });
  if (!any || stop.stop_requested()) return;
  const auto failed = [](const Error& error) { log_warn("read ahead: " + error.message()); };
  auto started = at_border("read ahead", [&]() -> Status {
    thread_ = start_thread(
        "read ahead", [this, from, stop](const std::stop_token&) { read(from, stop); }, failed);
    return {};
  });
  // Without a thread the engine reads by itself, after the batch.
  if (!started) failed(started.error());
}

void ReadAhead::wait() {
  if (thread_.joinable()) thread_.join();
}

std::optional<SourceRange> ReadAhead::take(const std::string& source, const data::Offset& from) {
  auto found = found_.extract(source);
  if (found.empty() || found.mapped().from != from) return std::nullopt;
  return std::move(found.mapped().range);
}

void ReadAhead::read(const std::map<std::string, data::Offset>& from, const std::stop_token& stop) {
  for (SourcePart& part : pipeline_.sources) {
    if (!part.source->is_slow() || (part.until && part.until->offset.json.empty())) continue;
    const data::Offset& begin = from.at(part.name);
    auto to = part.source->latest(begin, part.limit);
    if (!to || *to == begin) continue;
    auto entry = part.source->log_entry(begin, *to);
    if (!entry) continue;
    auto records = part.source->read(begin, *to, stop);
    if (!records) continue;
    found_.insert_or_assign(part.name,
                            Found{begin, {*std::move(to), *std::move(entry), *std::move(records)}});
  }
}

}  // namespace sluice::engine
