#include "app/rehearsal/quiet_source.h"

#include <algorithm>

namespace sluice::app {

Result<data::Offset> QuietSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  if (is_full()) return from;
  data::ReadLimit less = limit;
  less.records = std::min(limit.records, records_max_ - records_);
  return source_->latest(from, less);
}

connector::Ending QuietSource::ending(const data::Offset& from) const {
  return is_full() ? connector::Ending::kEnded : source_->ending(from);
}

Result<std::unique_ptr<data::RecordBatch>> QuietSource::read(const data::Offset& from,
                                                             const data::Offset& to,
                                                             std::stop_token stop) {
  SLUICE_ASSIGN(auto batch, source_->read(from, to, std::move(stop)));
  // A batch that is made again reads the same records.
  if (to != end_) records_ += static_cast<std::int64_t>(batch->size());
  end_ = to;
  return batch;
}

}  // namespace sluice::app
