#include "alerts/job_facts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alerts/row_texts.h"
#include "alerts/text_template.h"
#include "base/quantity_text.h"

namespace sluice::alerts {
namespace {

using Of = JobCondition::Of;

std::string plain_text(const OrderedJson& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

/// `otherwise` unless the file says what is to be said.
ActiveKey active(const Alert& alert, const std::string& key, OrderedJson values,
                 const std::string& otherwise) {
  ActiveKey one;
  one.key = key;
  one.text = otherwise;
  if (!alert.text.empty()) {
    if (const auto text = TextTemplate::parse(alert.text)) {
      one.text = text->fill([&values](const std::string& name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string() : plain_text(*found);
      });
    }
  }
  one.text = cut(std::move(one.text), kTextBytesMax);
  one.values = std::move(values);
  return one;
}

double seconds_of(Micros micros) { return std::round(static_cast<double>(micros) / 1e5) / 10; }

}  // namespace

void JobFacts::add(const BatchProgress& batch, Micros now, Book& book) {
  last_ = batch;
  // The clock was set back.
  opened_ = std::min(opened_, now);
  resumed_ = std::min(resumed_, now);
  for (Minute& one : minute_) one.at = std::min(one.at, now);
  Minute one{now, {}};
  for (const SourceProgress& source : batch.sources) {
    one.counts[source.name] = {source.rows, source.dead_letters};
    if (source.rows > 0) book.note_rows(source.name, now);
  }
  minute_.push_back(std::move(one));
  while (minute_.size() > 1 && minute_.front().at <= now - kMinute) minute_.pop_front();
  const auto has_rows = [](const auto& part) { return part.rows > 0; };
  // Who publishes to nobody is fresh with what was read.
  const bool any = batch.sinks.empty() ? std::ranges::any_of(batch.sources, has_rows)
                                       : std::ranges::any_of(batch.sinks, has_rows);
  if (any) book.note_rows("", now);
}

std::vector<std::string> JobFacts::sources_of(const Alert& alert) const {
  if (!alert.job->source.empty()) return {alert.job->source};
  return alert.job->of == Of::kFreshness ? std::vector<std::string>{""} : sources_;
}

std::optional<Observation> JobFacts::observe(const Alert& alert, Micros now,
                                             const Book& book) const {
  Observation seen;
  switch (alert.job->of) {
    case Of::kFailed:
      return seen;
    case Of::kFreshness:
    case Of::kNoData:
      for (const std::string& source : sources_of(alert)) {
        observe_silence(alert, source, now, book, seen);
      }
      return seen;
    case Of::kDeadLetterPart:
    case Of::kDeadLetters:
      for (const std::string& source : sources_of(alert)) {
        observe_dead_letters(alert, source, now, seen);
      }
      return seen;
    case Of::kLagRecords:
    case Of::kLagTime:
      if (!last_) return std::nullopt;
      for (const std::string& source : sources_of(alert)) observe_lag(alert, source, seen);
      return seen;
    case Of::kBatchDuration:
      if (!last_) return std::nullopt;
      if (static_cast<double>(last_->duration_us) > alert.job->limit) {
        seen.active.push_back(active(
            alert, "", {{"batch", last_->batch}, {"seconds", seconds_of(last_->duration_us)}},
            "batch " + std::to_string(last_->batch) + " took " +
                duration_text(last_->duration_us)));
      }
      return seen;
  }
  return std::nullopt;
}

void JobFacts::observe_lag(const Alert& alert, const std::string& source, Observation& seen) const {
  const auto found = std::ranges::find(last_->sources, source, &SourceProgress::name);
  if (found == last_->sources.end()) return;
  const bool is_time = alert.job->of == Of::kLagTime;
  const std::optional<std::int64_t>& lag = is_time ? found->lag_us : found->lag;
  if (!lag || static_cast<double>(*lag) <= alert.job->limit) return;
  OrderedJson values = {{"source", source}};
  values["records"] = found->lag ? OrderedJson(*found->lag) : OrderedJson(nullptr);
  values["seconds"] =
      found->lag_us ? OrderedJson(seconds_of(*found->lag_us)) : OrderedJson(nullptr);
  const std::string text = is_time ? source + " is " + duration_text(*lag) + " late"
                                   : source + " has " + count_text(*lag) + " records unread";
  seen.active.push_back(active(alert, source, std::move(values), text));
}

Micros JobFacts::silent_since(const Alert& alert, const std::string& source,
                              const Book& book) const {
  const Micros rows = book.rows_at(source);
  // What fires already ends with rows, not with a restart.
  const bool fires = book.alerts().at(alert.name).is_firing(source);
  if (fires && rows > 0) return rows;
  const Micros resumed = alert.job->of == Of::kNoData ? resumed_ : 0;
  return std::max({rows, opened_, resumed});
}

void JobFacts::observe_silence(const Alert& alert, const std::string& source, Micros now,
                               const Book& book, Observation& seen) const {
  const Micros since = silent_since(alert, source, book);
  const bool fires = book.alerts().at(alert.name).is_firing(source);
  const Micros began = fires && book.rows_at(source) == 0 ? 0 : since;
  if (static_cast<double>(now - began) <= alert.job->limit) return;
  const Micros silence = now - since;
  OrderedJson values = OrderedJson::object();
  if (!source.empty()) values["source"] = source;
  values["seconds"] = seconds_of(silence);
  const std::string text = source.empty()
                               ? "no rows were published for " + duration_text(silence)
                               : source + " has given no rows for " + duration_text(silence);
  ActiveKey one = active(alert, source, std::move(values), text);
  // It began with the last rows: a process that dies before it has noted the incident finds the
  // same one again.
  one.anchor = "rows " + std::to_string(book.rows_at(source) > 0 ? book.rows_at(source) : since);
  seen.active.push_back(std::move(one));
}

void JobFacts::observe_dead_letters(const Alert& alert, const std::string& source, Micros now,
                                    Observation& seen) const {
  std::int64_t rows = 0;
  std::int64_t dead = 0;
  for (const Minute& one : minute_) {
    const auto counts = one.counts.find(source);
    if (counts == one.counts.end() || one.at <= now - kMinute) continue;
    rows += counts->second.first;
    dead += counts->second.second;
  }
  const double percent =
      rows > 0 ? 100.0 * static_cast<double>(dead) / static_cast<double>(rows) : 0;
  const bool is_part = alert.job->of == Of::kDeadLetterPart;
  if ((is_part ? percent : static_cast<double>(dead)) <= alert.job->limit) return;
  OrderedJson values = {
      {"source", source}, {"count", dead}, {"percent", std::round(percent * 100) / 100}};
  const std::string text = count_text(dead) + " of " + count_text(rows) + " records of " + source +
                           " do not decode (" + percent_text(percent) + ")";
  seen.active.push_back(active(alert, source, std::move(values), text));
}

std::optional<Micros> JobFacts::next(const Alert& alert, const Book& book) const {
  std::optional<Micros> next;
  const auto add = [&next](Micros due) { next = std::min(next.value_or(due), due); };
  switch (alert.job->of) {
    case Of::kFreshness:
    case Of::kNoData:
      for (const std::string& source : sources_of(alert)) {
        if (book.alerts().at(alert.name).keys().contains(source)) continue;
        add(silent_since(alert, source, book) + static_cast<Micros>(alert.job->limit) + 1);
      }
      return next;
    case Of::kDeadLetterPart:
    case Of::kDeadLetters:
      if (!minute_.empty() && !book.alerts().at(alert.name).keys().empty()) {
        add(minute_.front().at + kMinute);
      }
      return next;
    default:
      return next;
  }
}

Observation JobFacts::failure(const Alert& alert, const std::string& pipeline,
                              const std::string& message) {
  Observation seen;
  seen.active.push_back(
      active(alert, "", {{"error", message}}, "pipeline " + pipeline + " has ended: " + message));
  return seen;
}

}  // namespace sluice::alerts
