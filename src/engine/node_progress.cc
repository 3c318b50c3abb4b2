#include "engine/node_progress.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::engine {
namespace {

/// Rows of a view that runs inside the query of its one reader, known from what the reader has met.
std::optional<std::int64_t> rows_met(const std::string& name, const BatchProgress& progress,
                                     const Pipeline& pipeline, const BatchSql& sql) {
  for (const sql::ViewPlan& reader : sql.plan().views) {
    const bool only_reads_it = reader.inputs.size() == 1 && reader.inputs.front() == name;
    if (!only_reads_it || !sql.graph().live(reader.name)) continue;
    if (reader.has_state()) return sql.counts(reader.name).rows;
  }
  for (const SinkPart& sink : pipeline.sinks) {
    if (sink.from != name || sink.mode == connector::OutputMode::kUpsert) continue;
    const auto counted = std::ranges::find(progress.sinks, sink.name, &SinkProgress::name);
    if (counted != progress.sinks.end()) return counted->rows;
  }
  return std::nullopt;
}

}  // namespace

void note_decoding(BatchProgress& progress, const BatchSql& sql, const std::string& phase) {
  std::int64_t before = 0;
  for (const auto& [name, micros] : progress.decode_us) before += micros;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::microseconds>(sql.decode_time()).count();
  progress.decode_us[phase] = std::max<std::int64_t>(now - before, 0);
}

Status count_rows_of_views(BatchSql& sql) {
  for (const sql::ViewPlan& view : sql.plan().views) {
    if (view.kind != sql::ViewKind::kStateless || !sql.graph().live(view.name)) continue;
    if (!sql.graph().materialised(view.name)) SLUICE_TRY(sql.count_rows(view.name));
  }
  return {};
}

void add_nodes(BatchProgress& progress, const Pipeline& pipeline, const BatchSql& sql) {
  const auto add = [&](const std::string& name, std::optional<std::int64_t> rows) {
    const BatchSql::Work work = sql.work(name);
    NodeProgress& node = progress.nodes.emplace_back();
    node.name = name;
    node.rows = work.rows ? work.rows : rows;
    if (work.duration) {
      node.duration_us =
          std::chrono::duration_cast<std::chrono::microseconds>(*work.duration).count();
    }
  };
  for (const SourceProgress& source : progress.sources) {
    if (sql.graph().live(source.name)) add(source.name, source.rows - source.dead_letters);
  }
  for (const sql::ViewPlan& view : sql.plan().views) {
    if (!sql.graph().live(view.name)) continue;
    const bool on_batch = view.kind == sql::ViewKind::kStateless;
    add(view.name, on_batch ? rows_met(view.name, progress, pipeline, sql) : std::nullopt);
  }
}

}  // namespace sluice::engine
