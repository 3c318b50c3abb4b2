#include <cstring>
#include <filesystem>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "sql/functions/open_database.h"
#include "sql/plan/plan.h"
#include "sql/scan/record_batch_fixture.h"
#include "sql/scan/scan.h"

namespace sluice::sql {
namespace {

/// Reads records of fixed binary layout: what is measured is the scan, not the decoding.
class FixedDecoder final : public data::Decoder {
 public:
  const data::Schema& schema() const override { return schema_; }
  std::string reason_text(const data::Reject&) const override { return ""; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t>,
                                             data::Arena&) const override {
    return std::make_unique<Reader>(std::move(columns));
  }

 private:
  class Reader final : public data::RecordReader {
   public:
    explicit Reader(std::vector<std::size_t> columns) : columns_(std::move(columns)) {}

    void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
              data::ChunkWriter out, std::vector<std::uint32_t>& kept,
              std::vector<data::Reject>&) override {
      for (std::size_t i = 0; i < count; ++i) {
        kept.push_back(static_cast<std::uint32_t>(first + i));
        const char* const bytes = payloads[first + i].bytes;
        for (std::size_t k = 0; k < columns_.size(); ++k) {
          if (columns_[k] == 0) {
            std::memcpy(&out[k].as<std::int64_t>()[i], bytes, 8);
          } else if (columns_[k] == 1) {
            std::memcpy(&out[k].as<__int128>()[i], bytes + 8, 16);
          } else {
            out[k].set_text(i, {bytes + 24, 20});
          }
        }
      }
    }

   private:
    std::vector<std::size_t> columns_;
  };

  data::Schema schema_{{{"seller", data::TypeId::kBigint},
                        {"sales", data::Type::decimal(22, 12)},
                        {"note", data::TypeId::kVarchar}}};
};

std::vector<std::string> make_rows(std::size_t count, std::int64_t sellers) {
  std::vector<std::string> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t seller = static_cast<std::int64_t>(i * 2654435761U) % sellers;
    const __int128 sales = static_cast<__int128>(i) * 1'000'000'007;
    std::string row(44, 'x');
    std::memcpy(row.data(), &seller, 8);
    std::memcpy(row.data() + 8, &sales, 16);
    rows.push_back(std::move(row));
  }
  return rows;
}

/// A database in a file, one source `sales` with a batch, and the plan of `views`.
struct Pipeline {
  Pipeline(std::size_t rows, std::int64_t sellers, const std::vector<ViewText>& views,
           int threads) {
    folder =
        std::filesystem::temp_directory_path() / ("sluice_sql_bench_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    database = *open_database(folder / "state.db", {.threads = threads});
    session = *database->connect();
    must("CREATE SCHEMA state.state");
    ScanDefinition definition{.name = "sales", .columns = {}, .decoder = &decoder};
    for (std::size_t i = 0; i < 3; ++i)
      definition.columns.push_back({decoder.schema()[i], true, i});
    scan = *Scan::define(*session, std::move(definition));
    auto made = make_plan(*session, {{{"sales", "", {}}}, views, {}});
    if (!made) std::fprintf(stderr, "%s\n", made.error().message().c_str());
    plan = *std::move(made);
    batch = std::make_unique<TextBatch>(make_rows(rows, sellers));
    scan->bind(batch.get());
    for (const ViewPlan& view : plan.views) {
      if (view.has_state()) must(view.create_state);
    }
  }
  ~Pipeline() {
    scan.reset();
    session.reset();
    database.reset();
    std::filesystem::remove_all(folder);
  }

  void must(const std::string& sql) const {
    const Status status = session->execute(sql);
    if (!status) std::fprintf(stderr, "%s: %s\n", sql.c_str(), status.error().message().c_str());
  }

  std::filesystem::path folder;
  FixedDecoder decoder;
  std::unique_ptr<Database> database;
  std::unique_ptr<Session> session;
  std::unique_ptr<Scan> scan;
  std::unique_ptr<TextBatch> batch;
  Plan plan;
};

const std::vector<ViewText> kTotals = {
    {"totals", "SELECT seller, sum(sales) AS sales, count(*) AS n FROM sales GROUP BY seller", {}}};

void fold(const Pipeline& pipeline) {
  const ViewPlan& view = pipeline.plan.views[0];
  pipeline.must("BEGIN");
  for (const Step& step : view.fold) pipeline.must(step.sql);
  pipeline.must("COMMIT");
}

/// Scan, total per seller, merge into the state: CPU of the whole process.
void BM_ScanAndTotal(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const Pipeline pipeline(rows, state.range(1), kTotals, 2);
  for (auto _ : state) fold(pipeline);
  state.counters["s/Mrow"] = benchmark::Counter(
      static_cast<double>(rows) / 1e6,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_ScanAndTotal)
    ->Args({0, 200})
    ->Args({200, 200})
    ->Args({100'000, 200})
    ->Args({1'000'000, 200})
    ->Args({100'000, 100'000})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_CountRows(benchmark::State& state) {
  const Pipeline pipeline(1'000'000, 200, kTotals, 2);
  for (auto _ : state) pipeline.must("SELECT count(*) FROM sales");
}
BENCHMARK(BM_CountRows)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

/// All rows into one file: Parquet by several threads in any order, CSV by one in the records'
/// order.
void BM_WriteFile(benchmark::State& state) {
  const Pipeline pipeline(1'000'000, 200, kTotals, 2);
  auto table = *make_batch_table(*pipeline.session, "SELECT * FROM sales");
  connector::FileRequest request;
  request.folder = pipeline.folder;
  request.name_prefix = "b";
  if (state.range(0) == 1) request.compression = "snappy";
  if (state.range(0) == 2) request.format = connector::FileFormat::kCsv;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    const auto files = *table->write_files(request);
    for (const auto& file : files) bytes = file.bytes;
  }
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK(BM_WriteFile)
    ->ArgName("zstd,snappy,csv")
    ->DenseRange(0, 2)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::sql
