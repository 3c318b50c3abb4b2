#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/broadcast.h"
#include "sluice/host.h"

namespace sluice::app {

/// Which charts each stream of events shows, and how much of them it has got. Any thread may call.
class ChartStreams {
 public:
  /// A chart: its pipeline and its name.
  using Name = std::pair<std::string, std::string>;
  static constexpr std::size_t kChartsMax = 200;  ///< of one stream

  /// Both outlive it.
  ChartStreams(http::Broadcast& broadcast, const Clock& clock)
      : broadcast_(broadcast), clock_(clock) {}

  /// The stream gets the rows of these from now on, all of them first, instead of those before;
  /// names beyond kChartsMax are left out. False: there is no such stream.
  bool watch(http::StreamId stream, std::vector<Name> charts);
  /// The stream is gone.
  void close(http::StreamId stream);
  /// Sends to each stream what its charts have got since. A chart rests after that, the longer the
  /// more it was: a quarter of a second to a second. False: some rested, so ask again soon.
  bool send_news(const Host& host);

 private:
  struct Watched {
    Name name;
    std::uint64_t seen = 0;    ///< HostedPipeline::ChartNews::seen; 0: nothing
    std::int64_t sent_us = 0;  ///< when it got something last
    std::int64_t rest_us = 0;  ///< from then on
  };
  struct Wish {
    std::uint64_t number = 0;  ///< no other wish has it
    std::vector<Watched> charts;
  };
  struct Due {
    http::StreamId stream = 0;
    std::uint64_t wish = 0;
    std::size_t place = 0;  ///< in the wish
    Watched watched;
  };

  /// `all_rested`: whether none is left out since it rests.
  std::vector<Due> due(bool& all_rested);
  void note(const Due& sent);

  http::Broadcast& broadcast_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::map<http::StreamId, Wish> streams_;
  std::uint64_t last_wish_ = 0;
};

}  // namespace sluice::app
