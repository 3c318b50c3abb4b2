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

Result<data::Offset> ScriptedSource::latest(const data::Offset& /*from*/,
                                            const data::ReadLimit& /*limit*/) {
  return offset(ends_[script_ == nullptr ? 0 : script_->step()]);
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
