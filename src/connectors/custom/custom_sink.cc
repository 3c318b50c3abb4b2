#include "connectors/custom/custom_sink.h"

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/border.h"
#include "base/crash_point.h"
#include "connector/piece_buffer.h"

namespace sluice::connectors::custom {
namespace {

/// Before each row in a piece.
using RowLength = std::uint32_t;

Status each_row_of(std::string_view piece,
                   const std::function<Status(std::string_view row)>& take) {
  while (!piece.empty()) {
    RowLength length = 0;
    if (piece.size() < sizeof(length)) return corruption_error("a staged row is cut off");
    std::memcpy(&length, piece.data(), sizeof(length));
    piece.remove_prefix(sizeof(length));
    if (piece.size() < length) return corruption_error("a staged row is cut off");
    SLUICE_TRY(take(piece.substr(0, length)));
    piece.remove_prefix(length);
  }
  return {};
}

/// As the target keeps it: "12 of totals: <hash>".
std::string mark_of(const connector::Staged& staged, const std::string& sink) {
  return std::to_string(staged.batch) + " of " + sink + ": " + staged.plan_hash;
}

Result<connector::Head> head_of(const std::string& mark, const std::string& sink) {
  connector::Head head;
  const char* const end = mark.data() + mark.size();
  const auto [rest, error] = std::from_chars(mark.data(), end, head.batch);
  const std::string_view said(rest, static_cast<std::size_t>(end - rest));
  if (error != std::errc() || !said.starts_with(" of ")) {
    return corruption_error("newest_mark() is no mark of a batch: '" + mark.substr(0, 100) + "'");
  }
  const std::string owner = " of " + sink + ": ";
  if (!said.starts_with(owner)) {
    return Error(Kind::kConflict, "E_FENCED: another sink writes to this target: its mark is '" +
                                      mark.substr(0, 100) +
                                      "'; give each sink a target of its own");
  }
  head.plan_hash = said.substr(owner.size());
  return head;
}

/// An error of the program's code: nobody has asked it to stop.
Status not_cancelled(Status status) {
  if (status || status.error().kind() != Kind::kCancelled) return status;
  return transient_error(status.error().message());
}

class StagedBatch final : public SinkBatch {
 public:
  StagedBatch(const connector::Staged& staged, connector::StagedBytes& bytes, std::string mark,
              bool replaces)
      : staged_(staged), bytes_(bytes), mark_(std::move(mark)), replaces_(replaces) {}
  std::int64_t number() const override { return staged_.batch; }
  std::uint64_t rows() const override { return staged_.rows; }
  bool replaces() const override { return replaces_; }
  std::string mark() const override { return mark_; }
  Status each_row(const std::function<Status(std::string_view row)>& take) const override;

 private:
  const connector::Staged& staged_;
  connector::StagedBytes& bytes_;
  const std::string mark_;
  const bool replaces_;
};

Status StagedBatch::each_row(const std::function<Status(std::string_view row)>& take) const {
  return at_border("give rows", [&] {
    return bytes_.read(staged_.batch,
                       [&](std::string_view piece) { return each_row_of(piece, take); });
  });
}

}  // namespace

Status CustomSink::check(const data::Schema& schema, connector::OutputMode /*mode*/) const {
  // What the format says of the columns; the time zone does not matter.
  SLUICE_ASSIGN(const auto encoder,
                value_.make_encoder(connector::chunk_schema(schema), TimeZone()));
  static_cast<void>(encoder);
  return {};
}

Status CustomSink::open(const data::Schema& schema, connector::OutputMode mode) {
  mode_ = mode;
  std::vector<SinkColumn> columns;
  for (const data::Field& field : schema.fields()) {
    columns.push_back({field.name, field.type.to_string()});
  }
  return at_program(kind_ + ": open", [&] { return records_->open(columns); });
}

Result<connector::Staged> CustomSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  SLUICE_ASSIGN(const auto encoder,
                value_.make_encoder(connector::chunk_schema(rows.schema()), rows.zone()));
  SLUICE_TRY(encoder->prepare());
  connector::PieceBuffer pieces;
  connector::Staged staged;
  std::string text;
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      text.clear();
      auto written = encoder->append(chunk.columns, row, text);
      if (!written) return written;
      if (text.size() > UINT32_MAX) return user_error("a row of 4 GiB is too large");
      const auto length = static_cast<RowLength>(text.size());
      SLUICE_TRY(pieces.add_by([&](std::string& piece) {
        piece.append(reinterpret_cast<const char*>(&length), sizeof(length));
        piece += text;
      }));
      ++staged.rows;
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks({}, add));
  staged.batch = batch;
  staged.action = "{}";
  staged.bytes = pieces.bytes();
  SLUICE_TRY(pieces.store(batch, *staged_));
  return staged;
}

Status CustomSink::publish(const connector::Staged& staged) {
  SLUICE_ASSIGN(const auto newest, head());
  if (newest && newest->batch >= staged.batch) {
    if (newest->batch > staged.batch || newest->plan_hash == staged.plan_hash) return {};
    return Error(Kind::kConflict, "E_FENCED: batch=" + std::to_string(staged.batch) + " of this " +
                                      kind_ + " was written by another run: hash=" +
                                      newest->plan_hash + ", ours=" + staged.plan_hash);
  }
  crash_point("custom.write");
  const StagedBatch batch(staged, *staged_, mark_of(staged, name_),
                          mode_ == connector::OutputMode::kComplete);
  SLUICE_TRY(not_cancelled(at_program(kind_ + ": write", [&] { return records_->write(batch); })));
  crash_point("custom.written");
  return {};
}

Result<std::optional<connector::Head>> CustomSink::head() {
  std::optional<connector::Head> head;
  if (!is_exactly_once_) return head;
  SLUICE_ASSIGN(const auto mark,
                at_program(kind_ + ": newest_mark", [&] { return records_->newest_mark(); }));
  if (!mark) return head;
  SLUICE_ASSIGN(head, head_of(*mark, name_));
  return head;
}

}  // namespace sluice::connectors::custom
