// What a row costs as a JSON object: invoices of nine columns, of about 200 bytes, in chunks of
// 2048.

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "formats/json_encoder.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr const char* kSchema =
    "invoice_ID BIGINT, invoice_Date VARCHAR, SellerID INTEGER, BuyerID INTEGER, ProductID "
    "INTEGER, Quantity INTEGER, TotalSales DECIMAL(22,12), TotalTax DECIMAL(22,12), PaymentType "
    "VARCHAR";

void fill(data::VectorWriter& vector, const ValuePlan& plan, Random& random) {
  for (std::size_t row = 0; row < data::kChunkRowsMax; ++row) {
    const std::uint64_t number = random.next() % 1'000'000;
    switch (plan.op) {
      case Op::kInt32:
        vector.as<std::int32_t>()[row] = static_cast<std::int32_t>(number);
        break;
      case Op::kInt64:
        vector.as<std::int64_t>()[row] = static_cast<std::int64_t>(number);
        break;
      case Op::kDecimal128:
        vector.as<Int128>()[row] = Int128{static_cast<std::int64_t>(random.next() >> 8U)};
        break;
      default:
        vector.set_text(row, number % 2 == 0 ? "CREDIT_CARD" : "BANK_TRANSFER");
    }
  }
}

void Rows(benchmark::State& state, JsonForm form) {
  const DecodedColumns columns = columns_from(kSchema);
  SeededRandom random(7);
  std::vector<std::unique_ptr<VectorMemory>> memory;
  std::vector<data::VectorReader> readers;
  for (const ValuePlan& plan : columns.plans) {
    memory.push_back(std::make_unique<VectorMemory>(plan, data::kChunkRowsMax));
    fill(memory.back()->vector(), plan, random);
    readers.emplace_back(memory.back()->vector());
  }
  const auto encoder = *make_json_encoder(columns.schema, form, TimeZone());
  std::string lines;
  std::size_t bytes = 0;
  for (auto _ : state) {
    lines.clear();
    for (std::size_t row = 0; row < data::kChunkRowsMax; ++row) {
      benchmark::DoNotOptimize(encoder->append(readers, row, lines));
      lines += '\n';
    }
    bytes += lines.size();
    benchmark::ClobberMemory();
  }
  const auto rows = static_cast<double>(state.iterations() * data::kChunkRowsMax);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["cpu_s_per_million"] =
      benchmark::Counter(rows / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK_CAPTURE(Rows, lines, JsonForm::kLines);
BENCHMARK_CAPTURE(Rows, spark, JsonForm::kSpark);

}  // namespace
}  // namespace sluice::formats
