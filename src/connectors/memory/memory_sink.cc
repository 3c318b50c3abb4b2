#include "connectors/memory/memory_sink.h"

#include "base/crash_point.h"
#include "formats/shown_row.h"

namespace sluice::connectors {

using connector::OutputMode;

Status MemorySink::check(const data::Schema& /*schema*/, OutputMode /*mode*/) const { return {}; }

Status MemorySink::open(const data::Schema& /*schema*/, OutputMode mode) {
  mode_ = mode;
  return {};
}

Result<connector::Staged> MemorySink::stage(data::BatchId batch, connector::BatchTable& rows) {
  connector::Staged staged;
  staged.batch = batch;
  std::vector<MemoryRow> copies;
  formats::ShownRow shown(connector::chunk_schema(rows.schema()), rows.zone());
  const auto copy = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      MemoryRow& values = copies.emplace_back();
      for (const auto& value : shown.at(chunk.columns, row)) {
        values.push_back(value ? std::optional<std::string>(*value) : std::nullopt);
        staged.bytes += value ? value->size() : 0;
      }
    }
    staged.rows += chunk.rows;
    return true;
  };
  SLUICE_TRY(rows.read_chunks({}, copy));
  table_.stage(batch, std::move(copies));
  return staged;
}

Status MemorySink::publish(const connector::Staged& staged) {
  const auto head = table_.head();
  if (head && head->batch >= staged.batch) {
    if (head->batch > staged.batch || head->plan_hash == staged.plan_hash) return {};
    return Error(Kind::kConflict, "E_FENCED: batch=" + std::to_string(staged.batch) +
                                      " of this memory table was written by another run: hash=" +
                                      head->plan_hash + ", ours=" + staged.plan_hash);
  }
  crash_point("memory.publish");
  if (!table_.publish(staged.batch, staged.plan_hash, mode_ == OutputMode::kComplete)) {
    return corruption_error("memory table has nothing staged for batch=" +
                            std::to_string(staged.batch) + ": it forgets with the process");
  }
  return {};
}

Result<std::optional<connector::Head>> MemorySink::head() { return table_.head(); }

Status MemorySink::discard_staged() {
  table_.discard_staged();
  return {};
}

connector::SinkKind memory_sink_kind() {
  connector::SinkKind kind;
  kind.name = "memory";
  kind.text = "A table that a C++ test in the same process reads; it is gone with the process.";
  kind.options = {{.name = "name",
                   .type = OptionType::kText,
                   .text = "Name of the table.",
                   .required = true,
                   .example = "totals"}};
  kind.modes = {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete};
  kind.make = [](const Options& options,
                 const connector::Context&) -> Result<std::unique_ptr<connector::Sink>> {
    MemoryTable& table = MemoryStore::instance().table(options.text("name"));
    return {std::make_unique<MemorySink>(table)};
  };
  return kind;
}

}  // namespace sluice::connectors
