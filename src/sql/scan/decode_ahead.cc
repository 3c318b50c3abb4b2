#include "sql/scan/decode_ahead.h"

#include <utility>

#include "base/border.h"
#include "base/thread.h"
#include "sql/duckdb/duckdb_type.h"

namespace sluice::sql {
namespace {

/// Morsels ahead for each thread: enough that none waits for the other, and little memory.
constexpr std::size_t kMorselsAhead = 3;

}  // namespace

DecodeAhead::DecodeAhead(std::shared_ptr<ScanQuery> query, std::size_t threads)
    : query_(std::move(query)), window_(kMorselsAhead * threads) {
  const auto start = [this]() -> Status {
    threads_.push_back(start_thread(
        "decode", [this](const std::stop_token&) { work(); },
        [this](Error error) {
          {
            const std::lock_guard lock(mutex_);
            failure_ = std::move(error);
          }
          changed_.notify_all();
        }));
    return {};
  };
  for (std::size_t i = 0; i < threads; ++i) {
    if (!at_border("decode ahead", start)) return;
  }
}

DecodeAhead::~DecodeAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

Result<DecodeAhead::Next> DecodeAhead::next() {
  std::unique_lock lock(mutex_);
  if (given_ != nullptr) free_.push_back(std::move(given_));
  given_ = nullptr;
  // It may have taken a morsel that nobody decodes now.
  if (failure_) return failure_->clone();
  if (ahead_.empty()) return Next{.chunks = nullptr, .morsel = query_->take()};
  changed_.wait(lock, [this] { return ahead_.front()->done || failure_; });
  if (failure_) return failure_->clone();
  given_ = std::move(ahead_.front());
  ahead_.pop_front();
  lock.unlock();
  changed_.notify_all();
  if (given_->failure) return given_->failure->clone();
  return Next{.chunks = given_.get(), .morsel = std::nullopt};
}

void DecodeAhead::work() {
  std::unique_ptr<ChunkDecoder> decoder;
  for (;;) {
    std::optional<Morsel> morsel;
    const std::shared_ptr<Chunks> into = begin(morsel);
    if (into == nullptr) break;
    auto decoded = at_border("decode ahead", [&]() -> Status {
      if (decoder == nullptr) decoder = std::make_unique<ChunkDecoder>(*query_);
      decode(*decoder, *morsel, *into);
      return {};
    });
    if (!decoded) into->failure = std::move(decoded).error();
    {
      const std::lock_guard lock(mutex_);
      into->done = true;
    }
    changed_.notify_all();
  }
}

std::shared_ptr<DecodeAhead::Chunks> DecodeAhead::begin(std::optional<Morsel>& morsel) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || ahead_.size() < window_; });
  if (stopped_) return nullptr;
  morsel = query_->take();
  if (!morsel) return nullptr;
  std::shared_ptr<Chunks> into;
  if (free_.empty()) {
    into = std::make_shared<Chunks>();
  } else {
    into = std::move(free_.back());
    free_.pop_back();
  }
  into->filled = 0;
  into->done = false;
  ahead_.push_back(into);
  return into;
}

void DecodeAhead::decode(ChunkDecoder& decoder, Morsel morsel, Chunks& into) {
  while (morsel.first < morsel.end) {
    if (into.filled == into.chunks.size()) into.chunks.push_back(make_chunk());
    duckdb_data_chunk chunk = into.chunks[into.filled].get();
    duckdb_data_chunk_reset(chunk);
    // One of rejects alone would end the scan.
    if (decoder.decode(morsel, chunk) > 0) ++into.filled;
  }
}

ChunkHandle DecodeAhead::make_chunk() const {
  std::vector<TypeHandle> types(query_->decoded.size() + query_->own.size());
  for (const auto* outputs : {&query_->decoded, &query_->own}) {
    for (const ScanOutput& output : *outputs) {
      types[output.position] = make_logical_type(
          output.column == nullptr ? data::Type(data::TypeId::kBigint) : output.column->field.type);
    }
  }
  std::vector<duckdb_logical_type> raw;
  for (const TypeHandle& type : types) raw.push_back(type.get());
  return ChunkHandle(duckdb_create_data_chunk(raw.data(), raw.size()));
}

}  // namespace sluice::sql
