#include "alerts/alert.h"

#include "base/quantity_text.h"

namespace sluice::alerts {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kPage:
      return "page";
    case Severity::kWarn:
      return "warn";
    case Severity::kInfo:
      return "info";
  }
  return "";
}

std::string Alert::in_words() const {
  if (!job) return when.text;
  using Of = JobCondition::Of;
  const auto micros = static_cast<std::int64_t>(job->limit);
  const std::string source = job->source.empty() ? "a source" : "source " + job->source;
  switch (job->of) {
    case Of::kLagRecords:
      return source + " has more than " + count_text(micros) + " records unread";
    case Of::kLagTime:
      return source + " is more than " + duration_text(micros) + " late";
    case Of::kFreshness:
      return "no rows were published for " + duration_text(micros);
    case Of::kNoData:
      return source + " has given no rows for " + duration_text(micros);
    case Of::kDeadLetterPart:
      return "more than " + percent_text(job->limit) + " of the records of " + source +
             " do not decode, over a minute";
    case Of::kDeadLetters:
      return "more than " + count_text(micros) + " records a minute of " + source +
             " do not decode";
    case Of::kBatchDuration:
      return "a batch takes longer than " + duration_text(micros);
    case Of::kFailed:
      return "the pipeline has ended with an error";
  }
  return "";
}

}  // namespace sluice::alerts
