#include "app/live/chart_streams.h"

#include <algorithm>
#include <tuple>

namespace sluice::app {
namespace {

constexpr std::int64_t kRestMin = 200'000;  // less than the pause of who asks
constexpr std::int64_t kRestMax = 1'000'000;
constexpr std::int64_t kRestOfByte = 15;

std::int64_t rest_after(std::size_t bytes) {
  return std::min(kRestMax, kRestMin + kRestOfByte * static_cast<std::int64_t>(bytes));
}

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

std::vector<ChartStreams::Due> ChartStreams::due(bool& all_rested) {
  const std::int64_t now = clock_.now();
  std::vector<Due> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [stream, wish] : streams_) {
    for (std::size_t place = 0; place < wish.charts.size(); ++place) {
      const Watched& watched = wish.charts[place];
      if (now >= watched.sent_us && now - watched.sent_us < watched.rest_us) {
        all_rested = false;
      } else {
        all.push_back({stream, wish.number, place, watched});
      }
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

bool ChartStreams::send_news(const Host& host) {
  // Browsers that show the same chart mostly have seen the same of it.
  std::map<std::tuple<std::string, std::string, std::uint64_t>, HostedPipeline::ChartNews> made;
  bool all_rested = true;
  for (Due& one : due(all_rested)) {
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
    one.watched.rest_us = rest_after(news.json.size());
    if (!broadcast_.send(one.stream, {"chart", news.json})) {
      close(one.stream);
      continue;
    }
    note(one);
  }
  return all_rested;
}

}  // namespace sluice::app
