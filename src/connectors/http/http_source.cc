#include "connectors/http/http_source.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "connectors/http/polled_feed.h"
#include "connectors/http/position.h"
#include "connectors/http/streamed_feed.h"

namespace sluice::connectors::http {
namespace {

using connector::Ending;

/// How long at most latest() waits for records that are on their way.
constexpr std::chrono::milliseconds kOnTheirWay{1000};
/// How long at most it waits for the end of a try after one that failed: a stop waits, too.
constexpr std::chrono::milliseconds kAnotherTry{5000};

}  // namespace

HttpSource::HttpSource(HttpSourceOptions options, const connector::Context& context)
    : options_(std::move(options)),
      context_(context),
      feed_(feed_of(options_.feed.endpoint.request.url,
                    options_.feed.endpoint.request.is_url_secret)),
      place_(feed_ + "?" +
             query_of(options_.feed.endpoint.request.url,
                      options_.feed.endpoint.request.is_url_secret)),
      inbox_({context.folder, feed_, options_.buffer_bytes}, context.files),
      seen_(io::join_path(context.folder, "seen/ids"), options_.intake.ids_max, context.files),
      intake_(options_.intake, inbox_, seen_, context.clock, [this](Status problem) {
        if (reporter_ != nullptr) reporter_->set_problem(std::move(problem));
      }) {}

Status HttpSource::open(std::stop_token stop) {
  if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
  if (!context_.former_folder.empty()) {
    SLUICE_ASSIGN(const auto former, context_.files.find(context_.former_folder));
    SLUICE_ASSIGN(const auto own, context_.files.find(context_.folder));
    if (former && !own) SLUICE_TRY(context_.files.rename(context_.former_folder, context_.folder));
  }
  return inbox_.open();
}

Status HttpSource::probe(connector::Probe& probe) {
  // A request may be counted, or take a message away.
  SLUICE_TRY(probe.step("connect", [&] {
    return io::HttpClient(options_.feed.endpoint.settings)
        .reach(options_.feed.endpoint.request, probe.stop());
  }));
  probe.skip("not tried: what the server answers");
  return {};
}

Result<data::Offset> HttpSource::initial() {
  return with_position(inbox_.initial(), place_, Position().to_json());
}

Result<connector::Resumed> HttpSource::resume(const connector::Remembered& past) {
  SLUICE_ASSIGN(const Placed place, placed(past.offset));
  // Before there was a query in it there was no question mark.
  const std::string past_feed = place.feed.substr(0, place.feed.find('?'));
  if (past_feed != feed_) {
    return user_error("E_FEED_CHANGED: the checkpoint has read " +
                      (place.feed.empty() ? "another connector" : past_feed) +
                      ", and `url` names " + feed_ +
                      " now; give the source another name, or start over with a new "
                      "checkpoint (" +
                      past.checkpoint + ")");
  }
  if (place.feed != past_feed && place.feed != place_) {
    if (options_.feed.goes_on() && !options_.is_stream) {
      return user_error(
          "E_FEED_CHANGED: the checkpoint has read pages of " + feed_ +
          " with another query than `url` has now, and goes on at a page of that one; undo the "
          "change, give the source another name, or start over with a new checkpoint (" +
          past.checkpoint + ")");
    }
    log_warn("source " + context_.name + ": `url` has another query than the one that was read: " +
             feed_ + "; what was read before is not read again");
  }
  return connector::Resumed{past.offset};
}

Status HttpSource::start_fetching(const data::Offset& from) {
  if (fetcher_ != nullptr) return {};
  SLUICE_ASSIGN(const Placed place, placed(from));
  SLUICE_TRY(intake_.begin(place.position, from));
  auto fetcher = std::make_unique<Fetcher>(context_.name, context_.clock);
  std::unique_ptr<Feed> feed;
  if (options_.is_stream) {
    feed = std::make_unique<StreamedFeed>(options_.feed, intake_, context_.clock);
  } else {
    feed = std::make_unique<PolledFeed>(options_.feed, intake_, context_.clock);
  }
  reporter_ = fetcher.get();
  fetcher_ = std::move(fetcher);
  fetcher_->start(std::move(feed), one_pass_);
  return {};
}

Result<Position> HttpSource::position_inside(Position began, std::int64_t records,
                                             const data::Offset& place) const {
  Position position = std::move(began);
  if (records == 0 || !options_.feed.goes_on()) return position;
  if (!options_.feed.is_events) {
    // The page comes again in the same order.
    position.taken += static_cast<std::uint64_t>(records);
    return position;
  }
  // What comes again is what follows the newest id; without one others come.
  SLUICE_ASSIGN(const std::int64_t end, connector::Inbox::records_between(at_record(0), place));
  SLUICE_ASSIGN(const auto stored, inbox_.read(at_record(end - records), place));
  for (const data::Payload& payload : stored->payloads()) {
    const auto record = parse_fetched(payload.text());
    const std::string_view id = record ? record->event_id.value_or("") : "";
    if (id != position.event_id) {
      position.event_id = id;
      position.taken = 0;
    } else if (!id.empty()) {
      ++position.taken;
    }
  }
  return position;
}

Result<data::Offset> HttpSource::offset_at(const data::Offset& place,
                                           const data::Offset& from) const {
  SLUICE_ASSIGN(const std::int64_t records, connector::Inbox::records_between(from, place));
  if (records == 0) return from;
  // The batch ends inside an answer: it was asked for where that began, whatever came between.
  std::optional<Position> began;
  std::int64_t further = records;
  if (const auto around = inbox_.note_around(place)) {
    SLUICE_ASSIGN(began, began_of(around->text));
    if (began) further = around->records_since;
  }
  if (!began) {
    if (const auto note = inbox_.note_before(place)) {
      SLUICE_ASSIGN(began, Position::parse(note->text));
      further = note->records_since;
    } else {
      SLUICE_ASSIGN(Placed before, placed(from));
      began = std::move(before.position);
    }
  }
  SLUICE_ASSIGN(const Position position, position_inside(*std::move(began), further, place));
  return with_position(place, place_, position.to_json());
}

Result<data::Offset> HttpSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  if (frozen_end_) {
    SLUICE_ASSIGN(const std::int64_t left, connector::Inbox::records_between(from, *frozen_end_));
    if (left <= 0) return from;
    data::ReadLimit within = limit;
    within.records = std::min(limit.records, left);
    SLUICE_ASSIGN(const data::Offset to, inbox_.latest(from, within));
    return offset_at(to, from);
  }
  SLUICE_ASSIGN(data::Offset to, inbox_.latest(from, limit));
  SLUICE_TRY(start_fetching(from));
  SLUICE_ASSIGN(std::int64_t records, connector::Inbox::records_between(from, to));
  if (records > 0) return offset_at(to, from);
  // A pass that begins now is waited for, and one that has failed is not.
  const SystemClock clock;
  const auto deadline = clock.steady() + kOnTheirWay;
  while (fetcher_->is_at_work() && fetcher_->problem() && clock.steady() < deadline) {
    constexpr std::chrono::milliseconds kSlice{10};
    if (inbox_.wait_beyond(from, kSlice, {}, clock)) break;
  }
  SLUICE_ASSIGN(to, inbox_.latest(from, limit));
  SLUICE_ASSIGN(records, connector::Inbox::records_between(from, to));
  if (records > 0) return offset_at(to, from);
  // A stream that is connected and silent goes well.
  SLUICE_TRY(fetcher_->problem_after_another_try(kAnotherTry, options_.is_stream));
  SLUICE_ASSIGN(to, inbox_.latest(from, limit));
  return offset_at(to, from);
}

Status HttpSource::freeze() {
  one_pass_ = true;
  return {};
}

Status HttpSource::freeze_now() {
  frozen_end_ = inbox_.end();
  return {};
}

Ending HttpSource::ending(const data::Offset& from) const {
  if (fetcher_ == nullptr || !fetcher_->ended()) return Ending::kPending;
  const auto left = inbox_.records_after(from);
  return left && *left == 0 ? Ending::kEnded : Ending::kPending;
}

Result<std::unique_ptr<data::RecordBatch>> HttpSource::read(const data::Offset& from,
                                                            const data::Offset& to,
                                                            std::stop_token /*stop*/) {
  SLUICE_ASSIGN(auto stored, inbox_.read(from, to));
  return fetched_batch(std::move(stored), feed_);
}

void HttpSource::release(const data::Offset& offset) {
  if (!intake_.remembers()) return inbox_.release(offset);
  // What is not yet in the file of the records that were seen is read from the inbox after a kill.
  const data::Offset covered = intake_.covers();
  const auto further = connector::Inbox::records_between(covered, offset);
  inbox_.release(further && *further > 0 ? covered : offset);
}

Result<connector::Lag> HttpSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const std::int64_t records, inbox_.records_after(from));
  return connector::Lag{records};
}

void HttpSource::wait_for_data(const data::Offset& from, std::chrono::milliseconds wait,
                               std::stop_token stop, const Clock& clock) {
  inbox_.wait_beyond(from, wait, stop, clock);
}

}  // namespace sluice::connectors::http
