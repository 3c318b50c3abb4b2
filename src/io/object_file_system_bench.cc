// A file to a store and back, against a server that AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY name (test/support/s3.py starts one with a bucket `lake`):
//   SLUICE_BENCH_FILE=/tmp/x.parquet build/release/bench/io_bench

#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>

#include "io/routed_file_system.h"

namespace sluice::io {
namespace {

constexpr const char* kObject = "s3://lake/bench/object";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::unique_ptr<FileSystem> files() {
  StoreSettings settings;
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return std::make_unique<RoutedFileSystem>(make_local_file_system(), std::move(settings));
}

void measure(benchmark::State& state, const std::string& file, Status (*move)(FileSystem&)) {
  if (file.empty() || environment("AWS_ENDPOINT_URL").empty()) {
    state.SkipWithError("set SLUICE_BENCH_FILE and AWS_ENDPOINT_URL");
    return;
  }
  const auto store = files();
  for ([[maybe_unused]] auto _ : state) {
    if (const Status moved = move(*store); !moved) {
      state.SkipWithError(moved.error().message().c_str());
      return;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(std::filesystem::file_size(file)) *
                          state.iterations());
}

void Upload(benchmark::State& state) {
  measure(state, environment("SLUICE_BENCH_FILE"), [](FileSystem& store) {
    return store.upload(environment("SLUICE_BENCH_FILE"), kObject);
  });
}
BENCHMARK(Upload)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

void Download(benchmark::State& state) {
  measure(state, environment("SLUICE_BENCH_FILE"), [](FileSystem& store) {
    return store.download(kObject, environment("SLUICE_BENCH_FILE") + ".copy");
  });
}
BENCHMARK(Download)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::io
