#include "engine/event_clock.h"

#include <algorithm>

namespace sluice::engine {
namespace {

/// Spark's watermarks are whole milliseconds.
Micros whole_millis(Micros micros) {
  constexpr Micros kMilli = 1000;
  return micros - ((micros % kMilli) + kMilli) % kMilli;
}

/// How often results come out while the watermark goes on with the clock: each time is a batch.
constexpr Micros kAdvanceStep = 1'000'000;

}  // namespace

std::map<std::string, const WatermarkPart*> watermarks_of(const Pipeline& pipeline) {
  std::map<std::string, const WatermarkPart*> parts;
  for (const SourcePart& source : pipeline.sources) {
    if (!source.watermark.column.empty()) parts[source.name] = &source.watermark;
  }
  for (const auto& [view, watermark] : pipeline.view_watermarks) parts[view] = &watermark;
  return parts;
}

EventClock::EventClock(const Pipeline& pipeline, const std::set<std::string>& read,
                       state::EventTimes stored, Micros now)
    : greatest_(pipeline.watermark_policy == WatermarkPolicy::kMax),
      end_(pipeline.watermark_end),
      stored_(std::move(stored)) {
  bool all_advance = true;
  for (const auto& [name, watermark] : watermarks_of(pipeline)) {
    if (!read.contains(name)) continue;
    parts_[name] = {watermark->delay, watermark->idle_after};
    all_advance = all_advance && watermark->advances_when_idle;
    silence_ = std::max(silence_, watermark->idle_after);
    // None is idle because the pipeline was stopped.
    stored_.sources[name].seen = now;
  }
  std::erase_if(stored_.sources,
                [this](const auto& entry) { return !parts_.contains(entry.first); });
  if (!all_advance) silence_ = 0;
}

void EventClock::observe(const std::string& name, std::optional<Micros> latest, Micros now) {
  rows_come_ = false;
  silent_since_.reset();
  advanced_from_.reset();
  state::EventTimes::Source& known = stored_.sources[name];
  known.seen = now;
  if (latest) known.latest = std::max(known.latest.value_or(*latest), *latest);
}

std::optional<Micros> EventClock::computed(Micros now) const {
  std::optional<Micros> chosen;
  bool all_idle = true;
  bool silent = false;  // one that counts has had no event yet
  for (const auto& [name, part] : parts_) {
    const state::EventTimes::Source& known = stored_.sources.at(name);
    if (part.idle_after > 0 && now - known.seen > part.idle_after) continue;
    all_idle = false;
    if (!known.latest) {
      silent = true;
      continue;
    }
    const Micros watermark = whole_millis(*known.latest) - part.delay;
    if (!chosen) {
      chosen = watermark;
    } else {
      chosen = greatest_ ? std::max(*chosen, watermark) : std::min(*chosen, watermark);
    }
  }
  if (all_idle || (silent && !greatest_)) return std::nullopt;
  return chosen;
}

void EventClock::follow_events(Micros now) {
  std::optional<Micros> watermark = computed(now);
  if (watermark && end_) watermark = end_->at ? std::min(*watermark, *end_->at) : end_->at;
  if (watermark && (!stored_.next || *watermark > *stored_.next)) stored_.next = watermark;
}

void EventClock::follow_clock(Micros now) {
  if (!silent_since_) silent_since_ = now;
  const Micros silence = now - *silent_since_;
  if (silence_ == 0 || silence < silence_ || !stored_.next) return;
  if (!advanced_from_) advanced_from_ = stored_.next;
  const Micros step = std::min(kAdvanceStep, silence_);
  const Micros watermark = *advanced_from_ + whole_millis(silence - silence % step);
  stored_.next = std::max(*stored_.next, watermark);
}

void EventClock::tick(Micros now, bool silent, bool waits) {
  // Of a batch that was cut some events are known before its end.
  if (part_ == BatchPart::kWhole) follow_events(now);
  rows_come_ = waits && !silent;
  if (waits && silent) follow_clock(now);
}

void EventClock::reach_end() {
  if (end_ && end_->at && stored_.next.value_or(*end_->at - 1) < *end_->at) stored_.next = end_->at;
}

void EventClock::end_batch(Micros now) {
  if (part_ == BatchPart::kPart) return;
  stored_.used = stored_.next;
  follow_events(now);
  // The rows that came were of none of them.
  if (rows_come_) follow_clock(now);
  rows_come_ = false;
}

std::optional<Micros> EventClock::latest(const std::string& name) const {
  const auto found = stored_.sources.find(name);
  return found == stored_.sources.end() ? std::nullopt : found->second.latest;
}

}  // namespace sluice::engine
