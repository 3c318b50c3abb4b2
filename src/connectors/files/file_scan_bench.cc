#include <benchmark/benchmark.h>

#include "connectors/files/file_scan.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

/// About 64 MB of CSV; `quoted`: with a text in quotes in each record.
std::string csv_text(bool quoted) {
  const std::string text = quoted ? "\"a text, in quotes\"" : "a text without quotes";
  std::string content;
  for (int i = 0; content.size() < 64'000'000; ++i) {
    content += std::to_string(i) + ",17/03/2024,442," + text + ",31921.480000000000,19.5,CARD\n";
  }
  return content;
}

/// Reads one file from the page cache into batches of 100,000 records.
void scan(benchmark::State& state, bool csv, bool quoted) {
  const io::TemporaryFolder folder;
  const auto files = io::make_local_file_system();
  const std::string path = folder.put("a.csv", csv_text(quoted));
  const auto bytes = files->stat(path)->bytes;
  ScanRules rules;
  rules.syntax.csv = csv;
  std::int64_t records = 0;
  for (auto _ : state) {
    OpenFile at{{"a.csv", bytes, 0}, 0, 1};
    while (at.position < bytes) {
      FileBatch batch;
      FileScan file_scan(*files, rules, path, at, nullptr);
      if (!file_scan.read_into(batch, {.records = 100'000}, bytes, {})) {
        state.SkipWithError("read failed");
        return;
      }
      at = file_scan.at();
      records += static_cast<std::int64_t>(batch.size());
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

BENCHMARK_CAPTURE(scan, lines, false, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scan, csv, true, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scan, csv_quoted, true, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::connectors
