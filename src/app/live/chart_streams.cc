#include "app/live/chart_streams.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace sluice::app {
namespace {

constexpr std::int64_t kBetween = 1'000'000;

}  // namespace

bool ChartStreams::watch(http::StreamId stream, std::vector<Name> charts) {
  const std::vector<http::StreamId> open = broadcast_.streams();
  if (std::ranges::find(open, stream) == open.end()) return false;
  if (charts.size() > kChartsMax) charts.resize(kChartsMax);
  Wish wish;
  for (Name& name : charts) wish.charts.push_back({.name = std::move(name)});
  const std::lock_guard lock(mutex_);
  wish.number = ++last_wish_;
  streams_[stream] = std::move(wish);
  return true;
}

void ChartStreams::close(http::StreamId stream) {
  const std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

std::vector<ChartStreams::Due> ChartStreams::due() {
  const std::int64_t now = clock_.now();
  std::vector<Due> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [stream, wish] : streams_) {
    for (std::size_t place = 0; place < wish.charts.size(); ++place) {
      const Watched& watched = wish.charts[place];
      const bool rests = now >= watched.sent_us && now - watched.sent_us < kBetween;
      if (!rests) all.push_back({stream, wish.number, place, watched});
    }
  }
  return all;
}

void ChartStreams::note(const Due& sent) {
  const std::lock_guard lock(mutex_);
  const auto stream = streams_.find(sent.stream);
  // Another wish may have come meanwhile; it begins with all rows.
  if (stream == streams_.end() || stream->second.number != sent.wish) return;
  stream->second.charts[sent.place] = sent.watched;
}

void ChartStreams::send_news(const Host& host) {
  // Browsers that show the same chart mostly have seen the same of it.
  std::map<std::tuple<std::string, std::string, std::uint64_t>, HostedPipeline::ChartNews> made;
  for (Due& one : due()) {
    const auto& [pipeline, chart] = one.watched.name;
    const auto [known, fresh] = made.try_emplace({pipeline, chart, one.watched.seen});
    if (fresh) {
      const HostedPipeline* found = host.find(pipeline);
      if (found == nullptr) continue;
      auto news = found->chart_news(chart, one.watched.seen);
      if (!news) continue;  // gone with a reload
      known->second = *std::move(news);
    }
    const HostedPipeline::ChartNews& news = known->second;
    if (news.json.empty()) continue;
    one.watched.seen = news.seen;
    one.watched.sent_us = clock_.now();
    if (!broadcast_.send(one.stream, {"chart", news.json})) {
      close(one.stream);
      continue;
    }
    note(one);
  }
}

}  // namespace sluice::app
