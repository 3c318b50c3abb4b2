#include "app/live/live_metrics.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "sluice/reference.h"

namespace sluice::app {
namespace {

using metrics::Exposition;
using metrics::MetricType;
using Pipelines = std::map<std::string, MeasuredPipeline>;

double seconds(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }

void write_states(Exposition& out, const Pipelines& pipelines) {
  out.begin("sluice_pipeline_state", MetricType::kGauge,
            "1 for the state that the pipeline is in, 0 for the others");
  for (const auto& [name, pipeline] : pipelines) {
    for (auto state = PipelineState::kReady;;
         state = static_cast<PipelineState>(static_cast<unsigned char>(state) + 1)) {
      out.sample({{"pipeline", name}, {"state", state_name(state)}},
                 std::int64_t{pipeline.snapshot.state == state ? 1 : 0});
      if (state == PipelineState::kFailed) break;
    }
  }
}

template <class Value>
void write_each(Exposition& out, const Pipelines& pipelines, Value value) {
  for (const auto& [name, pipeline] : pipelines) {
    if (const auto found = value(pipeline)) out.sample({{"pipeline", name}}, *found);
  }
}

void write_batches(Exposition& out, const Pipelines& pipelines) {
  using Count = std::optional<std::int64_t>;
  out.begin("sluice_starts", MetricType::kCounter, "Starts of the pipeline");
  write_each(out, pipelines, [](const auto& one) { return Count(one.counters.starts); });
  out.begin("sluice_reloads", MetricType::kCounter, "New versions of its file that took over");
  write_each(out, pipelines, [](const auto& one) { return Count(one.snapshot.reloads); });
  out.begin("sluice_restarts", MetricType::kCounter, "Starts by itself after an error");
  write_each(out, pipelines, [](const auto& one) { return Count(one.snapshot.restarts); });
  out.begin("sluice_retries", MetricType::kCounter, "Steps that failed for a passing reason");
  write_each(out, pipelines, [](const auto& one) { return Count(one.counters.retries); });
  out.begin("sluice_batches", MetricType::kCounter, "Batches published");
  write_each(out, pipelines, [](const auto& one) { return Count(one.counters.batches); });
  out.begin("sluice_batch_duration_seconds", MetricType::kHistogram,
            "From a batch's plan to its last publication", "seconds");
  for (const auto& [name, one] : pipelines) {
    out.histogram({{"pipeline", name}}, DurationHistogram::kBounds, one.counters.durations.counts(),
                  one.counters.durations.sum_seconds());
  }
  out.begin("sluice_batch_step_seconds", MetricType::kCounter,
            "Time of batches by step; decode is about right", "seconds");
  for (const auto& [name, one] : pipelines) {
    for (const auto& [step, micros] : one.counters.step_us) {
      out.sample({{"pipeline", name}, {"step", step}}, seconds(micros));
    }
  }
  out.begin("sluice_last_batch_timestamp_seconds", MetricType::kGauge,
            "When the last batch began, since 1970", "seconds");
  write_each(out, pipelines, [](const auto& one) {
    return one.snapshot.last ? std::optional(seconds(one.snapshot.last->started_us)) : std::nullopt;
  });
  out.begin("sluice_watermark_timestamp_seconds", MetricType::kGauge,
            "The watermark of the last batch, since 1970", "seconds");
  write_each(out, pipelines, [](const auto& one) {
    const auto& last = one.snapshot.last;
    return last && last->watermark_us ? std::optional(seconds(*last->watermark_us)) : std::nullopt;
  });
  out.begin("sluice_checkpoint_bytes", MetricType::kGauge,
            "Size of the checkpoint's database with its log", "bytes");
  write_each(out, pipelines, [](const auto& one) {
    return one.snapshot.last ? Count(one.snapshot.last->state_bytes) : std::nullopt;
  });
}

/// Of each source (or sink) of the pipelines, by its counters or by its last progress.
template <class Member, class Value>
void write_counters(Exposition& out, const Pipelines& pipelines, std::string_view label,
                    Member member, Value value) {
  for (const auto& [name, one] : pipelines) {
    for (const auto& [part, counters] : one.counters.*member) {
      out.sample({{"pipeline", name}, {label, part}}, counters.*value);
    }
  }
}

template <class Value>
void write_last_sources(Exposition& out, const Pipelines& pipelines, Value value) {
  for (const auto& [name, one] : pipelines) {
    if (!one.snapshot.last) continue;
    for (const SourceProgress& source : one.snapshot.last->sources) {
      if (const auto found = value(source)) {
        out.sample({{"pipeline", name}, {"source", source.name}}, *found);
      }
    }
  }
}

void write_sources(Exposition& out, const Pipelines& pipelines) {
  const auto all = &Counters::sources;
  out.begin("sluice_source_records", MetricType::kCounter, "Records read");
  write_counters(out, pipelines, "source", all, &SourceCounters::rows);
  out.begin("sluice_source_dead_letters", MetricType::kCounter,
            "Of the records, those that did not decode");
  write_counters(out, pipelines, "source", all, &SourceCounters::dead_letters);
  out.begin("sluice_source_blank_lines", MetricType::kCounter, "Lines with nothing on them");
  write_counters(out, pipelines, "source", all, &SourceCounters::blank_lines);
  out.begin("sluice_source_lag_records", MetricType::kGauge,
            "Records (of a source of files: files) that are there and not read yet");
  write_last_sources(out, pipelines, [](const SourceProgress& source) { return source.lag; });
  out.begin("sluice_source_lag_bytes", MetricType::kGauge, "The same in bytes", "bytes");
  write_last_sources(out, pipelines, [](const SourceProgress& source) { return source.lag_bytes; });
  out.begin("sluice_source_lag_seconds", MetricType::kGauge,
            "Age of the oldest record that is not read yet", "seconds");
  write_last_sources(out, pipelines, [](const SourceProgress& source) {
    return source.lag_us ? std::optional(seconds(*source.lag_us)) : std::nullopt;
  });
  out.begin("sluice_source_event_time_max_timestamp_seconds", MetricType::kGauge,
            "The latest event so far of a source with a watermark, since 1970", "seconds");
  write_last_sources(out, pipelines, [](const SourceProgress& source) {
    return source.latest_event_us ? std::optional(seconds(*source.latest_event_us)) : std::nullopt;
  });
}

void write_sinks(Exposition& out, const Pipelines& pipelines) {
  const auto all = &Counters::sinks;
  out.begin("sluice_sink_rows", MetricType::kCounter, "Rows written");
  write_counters(out, pipelines, "sink", all, &SinkCounters::rows);
  out.begin("sluice_sink_bytes", MetricType::kCounter, "Bytes written", "bytes");
  write_counters(out, pipelines, "sink", all, &SinkCounters::bytes);
  out.begin("sluice_sink_filtered_rows", MetricType::kCounter, "Rows that SQL dropped");
  write_counters(out, pipelines, "sink", all, &SinkCounters::filtered);
  out.begin("sluice_sink_late_rows", MetricType::kCounter, "Rows that came too late");
  write_counters(out, pipelines, "sink", all, &SinkCounters::late);
}

void write_views(Exposition& out, const Pipelines& pipelines) {
  const auto write = [&](auto value) {
    for (const auto& [name, one] : pipelines) {
      if (!one.snapshot.last) continue;
      for (const ViewProgress& view : one.snapshot.last->views) {
        out.sample({{"pipeline", name}, {"view", view.name}}, view.*value);
      }
    }
  };
  out.begin("sluice_state_rows", MetricType::kGauge, "Rows that a view keeps");
  write(&ViewProgress::state_rows);
  out.begin("sluice_state_bytes", MetricType::kGauge, "About how many bytes they take", "bytes");
  write(&ViewProgress::state_bytes);
}

void write_alerts(Exposition& out, const Pipelines& pipelines) {
  const auto none = [](const auto& one) { return one.second.alerts.alerts.empty(); };
  if (std::ranges::all_of(pipelines, none)) return;
  out.begin("sluice_alerts_firing", MetricType::kGauge, "Keys for which the alert fires");
  for (const auto& [name, one] : pipelines) {
    for (const AlertCounts::Alert& alert : one.alerts.alerts) {
      out.sample({{"pipeline", name}, {"alert", alert.name}, {"severity", alert.severity}},
                 alert.firing);
    }
  }
  const auto write = [&](auto value) {
    for (const auto& [name, one] : pipelines) {
      for (const AlertCounts::Receiver& receiver : one.alerts.receivers) {
        out.sample({{"pipeline", name}, {"receiver", receiver.name}}, receiver.*value);
      }
    }
  };
  out.begin("sluice_alert_notices_sent", MetricType::kCounter, "Notices that receivers took");
  write(&AlertCounts::Receiver::sent);
  out.begin("sluice_alert_notices_failed", MetricType::kCounter, "Notices that were given up");
  write(&AlertCounts::Receiver::given_up);
  out.begin("sluice_alert_notices_waiting", MetricType::kGauge,
            "Notices that are still to be sent");
  write(&AlertCounts::Receiver::waiting);
}

/// What Prometheus' own client libraries tell of a process, under their names.
void write_process(Exposition& out) {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto time = [](const timeval& value) {
      return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) / 1e6;
    };
    out.begin("process_cpu_seconds", MetricType::kCounter, "User and system CPU time", "seconds");
    out.sample({}, time(usage.ru_utime) + time(usage.ru_stime));
  }
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident) {
    out.begin("process_resident_memory_bytes", MetricType::kGauge, "Resident memory", "bytes");
    out.sample({}, resident * static_cast<std::int64_t>(::sysconf(_SC_PAGESIZE)));
  }
  std::error_code problem;
  const auto files = std::filesystem::directory_iterator("/proc/self/fd", problem);
  if (!problem) {
    out.begin("process_open_fds", MetricType::kGauge, "Open files and sockets");
    out.sample({}, static_cast<std::int64_t>(std::distance(begin(files), end(files))));
  }
}

}  // namespace

std::string metrics_text(const Pipelines& pipelines, const ServerCounts& server,
                         metrics::Form form) {
  Exposition out(form);
  const std::string version = version_text();
  out.begin("sluice_build_info", MetricType::kGauge, "1, with the version as a label");
  out.sample({{"version", version}}, std::int64_t{1});
  write_states(out, pipelines);
  write_batches(out, pipelines);
  write_sources(out, pipelines);
  write_views(out, pipelines);
  write_sinks(out, pipelines);
  write_alerts(out, pipelines);
  out.begin("sluice_http_requests", MetricType::kCounter, "Requests answered, refusals included");
  out.sample({}, server.requests);
  out.begin("sluice_http_connections", MetricType::kGauge, "Open connections");
  out.sample({}, server.connections);
  out.begin("sluice_http_streams", MetricType::kGauge, "Open streams of events");
  out.sample({}, server.streams);
  write_process(out);
  return out.finish();
}

}  // namespace sluice::app
