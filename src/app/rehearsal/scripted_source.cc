#include "app/rehearsal/scripted_source.h"

namespace sluice::app {

void ScriptedSource::give(std::vector<std::vector<GivenRecord>> records,
                          const formats::JsonDecoder& own) {
  decoder_ = &own;
  for (std::vector<GivenRecord>& batch : records) {
    for (GivenRecord& record : batch) records_.push_back(std::move(record));
    ends_.push_back(records_.size());
  }
}

bool ScriptedSource::has_records(std::size_t moment) const {
  return ends_[moment] > (moment == 0 ? 0 : ends_[moment - 1]);
}

Result<connector::Resumed> ScriptedSource::resume(const connector::Remembered& past) {
  resumed_ = std::stoull(past.offset.json);
  return connector::Resumed{past.offset};
}

Result<data::Offset> ScriptedSource::latest(const data::Offset& /*from*/,
                                            const data::ReadLimit& /*limit*/) {
  if (script_ == nullptr) return offset(ends_[0]);
  SLUICE_TRY(script_->check_alive());
  return offset(ends_[script_->at()]);
}

connector::Ending ScriptedSource::ending(const data::Offset& /*from*/) const {
  // The script ends the run.
  return script_ == nullptr ? connector::Ending::kEnded : connector::Ending::kPending;
}

Result<std::unique_ptr<data::RecordBatch>> ScriptedSource::read(const data::Offset& from,
                                                                const data::Offset& to,
                                                                std::stop_token /*stop*/) {
  const auto first = records_.begin() + std::stoll(from.json);
  const auto last = records_.begin() + std::stoll(to.json);
  return {std::make_unique<GivenBatch>(std::vector<GivenRecord>(first, last), *decoder_)};
}

void ScriptedSource::wait_for_data(const data::Offset& /*from*/, std::chrono::milliseconds /*wait*/,
                                   std::stop_token /*stop*/, const Clock& /*clock*/) {
  if (script_ != nullptr) script_->advance();
}

}  // namespace sluice::app
