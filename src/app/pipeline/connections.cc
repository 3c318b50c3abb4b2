#include <algorithm>
#include <utility>

#include "app/pipeline/pipeline_content.h"
#include "base/border.h"
#include "engine/engine.h"
#include "engine/upsert_rows.h"
#include "sluice/pipeline.h"

namespace sluice {
namespace {

using Report = std::function<void(const ConnectionReport&)>;

/// What the sink is to write.
data::Schema rows_of(const engine::SinkPart& sink, const sql::Plan& plan) {
  const sql::ViewPlan* view = plan.find(sink.from);
  return engine::written_schema(sink, view != nullptr ? view->schema : plan.sources.at(sink.from));
}

/// Tries the parts of a pipeline, one after the other.
class Connections {
 public:
  Connections(const Clock& clock, const Report& report, std::stop_token stop)
      : clock_(clock), report_(report), stop_(std::move(stop)) {}

  /// `work` puts its steps into the probe it is given; an error that is in none of them counts as
  /// one more.
  template <class Work>
  Status attempt(ConnectionReport report, Work work) {
    connector::Probe probe(clock_, stop_);
    if (auto outcome = work(probe); !outcome && !probe.has_failed()) {
      static_cast<void>(probe.step("probe", [&] { return std::move(outcome); }));
    }
    if (stop_.stop_requested()) return Error(Kind::kCancelled, "check the connections: stopped");
    for (const connector::ProbeStep& step : probe.steps()) {
      Status outcome = step.outcome ? Status() : Status(step.outcome.error().clone());
      report.steps.push_back(
          {step.name, step.is_skipped, std::move(outcome), step.took.count() / 1000});
    }
    report_(report);
    return {};
  }

 private:
  const Clock& clock_;
  const Report& report_;
  const std::stop_token stop_;
};

Status try_source(Connections& connections, engine::SourcePart& source, const std::string& part) {
  SLUICE_TRY(
      connections.attempt({part, source.name, source.kind, {}},
                          [&](connector::Probe& probe) { return source.source->probe(probe); }));
  if (source.decoder == nullptr || part != "source") return {};
  return connections.attempt({"dead letters", source.name, "", {}}, [&](connector::Probe& probe) {
    return source.dead_letter->probe(engine::dead_letter_schema(), connector::OutputMode::kAppend,
                                     probe);
  });
}

Status try_table(Connections& connections, engine::TablePart& table) {
  if (table.source) return try_source(connections, *table.source, "table");
  return connections.attempt({"table", table.name, table.kind, {}},
                             [&table](connector::Probe& probe) {
                               return probe.step("read", [&table]() -> Status {
                                 auto newest = table.files->newest();
                                 return newest ? Status() : std::move(newest).error();
                               });
                             });
}

}  // namespace

bool ConnectionReport::has_failed() const {
  return std::ranges::any_of(steps, [](const ConnectionStep& step) { return !step.outcome; });
}

Status Pipeline::check_connections(const Report& report, std::stop_token stop) {
  return at_border("check the connections", [&]() -> Status {
    engine::Pipeline& pipeline = content_->parts->composition.pipeline;
    io::FileSystem& files = *content_->parts->files;
    SLUICE_ASSIGN(const sql::Plan plan, engine::check_pipeline(pipeline));
    Connections connections(content_->parts->clock, report, std::move(stop));
    const auto folder = [&](const std::string& part, const std::string& path) {
      return connections.attempt({part, "", "", {}}, [&](connector::Probe& probe) {
        return probe.step("write " + path, [&] { return files.try_writing(path); });
      });
    };
    for (engine::SourcePart& source : pipeline.sources) {
      SLUICE_TRY(try_source(connections, source, "source"));
    }
    for (engine::TablePart& table : pipeline.tables) SLUICE_TRY(try_table(connections, table));
    const std::vector<PartDescription> sinks = describe().sinks;
    for (std::size_t i = 0; i < pipeline.sinks.size(); ++i) {
      engine::SinkPart& sink = pipeline.sinks[i];
      SLUICE_TRY(
          connections.attempt({"sink", sink.name, sinks[i].kind, {}}, [&](connector::Probe& probe) {
            return sink.sink->probe(rows_of(sink, plan), sink.mode, probe);
          }));
    }
    SLUICE_TRY(folder("checkpoint", pipeline.checkpoint));
    return pipeline.backup ? folder("backup", pipeline.backup->to) : Status();
  });
}

}  // namespace sluice
