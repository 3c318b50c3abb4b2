#include "engine/staged_bytes_table.h"

#include <utility>

#include "data/type.h"
#include "sql/scan/scan.h"

namespace sluice::engine {
namespace {

class SinksBytes final : public connector::StagedBytes {
 public:
  SinksBytes(std::string sink, sql::Session& session) : sink_(std::move(sink)), session_(session) {}

  Status clear() override {
    pieces_ = 0;
    if (!std::exchange(has_pieces_, false)) return {};
    return session_.execute("DELETE FROM sluice.staged WHERE sink = ?", {sink_});
  }

  Status add(data::BatchId batch, std::string_view piece) override {
    has_pieces_ = true;
    return session_.execute_with_bytes("INSERT INTO sluice.staged VALUES (?, ?, ?, ?)",
                                       {sink_, std::to_string(batch), std::to_string(pieces_++)},
                                       piece);
  }

  Status read(data::BatchId batch,
              const std::function<Status(std::string_view piece)>& receive) override {
    SLUICE_ASSIGN(
        const auto rows,
        sql::make_batch_table(
            session_, "SELECT bytes FROM sluice.staged WHERE batch = " + std::to_string(batch) +
                          " AND sink = " + data::quote_literal(sink_) + " ORDER BY piece"));
    return rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows; ++row) {
        SLUICE_TRY(receive(chunk.columns[0].text(row)));
      }
      return true;
    });
  }

 private:
  const std::string sink_;
  sql::Session& session_;
  std::int64_t pieces_ = 0;
  /// There may be some. (Where a batch that has cleared them is taken back they stay for one batch
  /// more, which nobody sees.)
  bool has_pieces_ = true;
};

}  // namespace

connector::StagedBytes& StagedBytesTable::of(const std::string& name) {
  auto& sink = sinks_[name];
  if (sink == nullptr) sink = std::make_unique<SinksBytes>(name, session_);
  return *sink;
}

}  // namespace sluice::engine
