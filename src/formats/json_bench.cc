// Invoice records of about 200 bytes, decoded as the engine does it: chunks of 2048, both roads.

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr const char* kSchema =
    "invoice_ID BIGINT, invoice_Date VARCHAR, SellerID INTEGER, BuyerID INTEGER, ProductID "
    "INTEGER, "
    "Quantity INTEGER, TotalSales DECIMAL(22,12), TotalTax DECIMAL(22,12), PaymentType VARCHAR";
constexpr std::size_t kRecords = 20 * data::kChunkRowsMax;

enum class Layout : std::int64_t { kOne, kTwo, kOptional, kEscapes };

std::string digits(Random& random, std::uint64_t below, int fraction) {
  std::string text = std::to_string(random.next() % below);
  if (fraction > 0) text += ".";
  for (int i = 0; i < fraction; ++i) text += static_cast<char>('0' + random.next() % 10);
  return text;
}

std::string invoice(Random& random, Layout layout, std::uint64_t id) {
  const std::string head = "\"invoice_ID\":" + std::to_string(1'000'000 + id) +
                           ",\"invoice_Date\":\"" + std::to_string(10 + random.next() % 18) + "/0" +
                           std::to_string(1 + random.next() % 9) + "/2024\"";
  const std::string ids =
      "\"SellerID\":" + digits(random, 1000, 0) + ",\"BuyerID\":" + digits(random, 100'000, 0);
  const bool has_product = layout != Layout::kOptional || random.next() % 2 == 0;
  const std::string rest = (has_product ? "\"ProductID\":" + digits(random, 5000, 0) + "," : "") +
                           "\"Quantity\":" + digits(random, 20, 0) +
                           ",\"TotalSales\":" + digits(random, 40'000, 12) +
                           ",\"TotalTax\":" + digits(random, 4000, 12) + ",\"PaymentType\":\"" +
                           (random.next() % 2 == 0 ? "CREDIT_CARD" : "BANK_TRANSFER") +
                           (layout == Layout::kEscapes ? "\\u00e9\"" : "\"");
  if (layout == Layout::kTwo && id % 2 == 0) return "{" + rest + "," + ids + "," + head + "}";
  return "{" + head + "," + ids + "," + rest + "}";
}

struct Records {
  explicit Records(Layout layout) {
    SeededRandom random(7);
    for (std::size_t i = 0; i < kRecords; ++i) texts.push_back(invoice(random, layout, i));
    for (const std::string& text : texts) {
      payloads.push_back({text.data(), static_cast<std::uint32_t>(text.size())});
      bytes += text.size();
    }
  }

  std::vector<std::string> texts;
  std::vector<data::Payload> payloads;
  std::size_t bytes = 0;
};

void decode(benchmark::State& state, const std::vector<std::size_t>& wanted, Layout layout,
            JsonRules rules, std::string_view schema = kSchema) {
  const Records records(layout);
  DecodedColumns columns = columns_from(schema);
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), rules);
  std::vector<std::unique_ptr<VectorMemory>> memory;
  std::vector<data::VectorWriter> chunk;
  for (const std::size_t column : wanted) {
    memory.push_back(std::make_unique<VectorMemory>(plans[column], data::kChunkRowsMax));
    chunk.push_back(memory.back()->vector());
  }
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  for (auto _ : state) {
    data::Arena arena;
    const auto reader = decoder.reader(wanted, {}, arena);
    for (std::size_t first = 0; first < kRecords; first += data::kChunkRowsMax) {
      kept.clear();
      reader->read(records.payloads, first, data::kChunkRowsMax, chunk, kept, rejects);
      benchmark::ClobberMemory();
    }
  }
  SLUICE_CHECK(rejects.empty());
  const auto rows = static_cast<double>(state.iterations() * kRecords);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * records.bytes));
  state.counters["rows/s"] = benchmark::Counter(rows, benchmark::Counter::kIsRate);
  state.counters["cpu_s_per_million"] =
      benchmark::Counter(rows / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const std::vector<std::size_t> kThree = {2, 6, 7};
const std::vector<std::size_t> kAll = {0, 1, 2, 3, 4, 5, 6, 7, 8};

void Three(benchmark::State& state, Layout layout, bool speculate) {
  decode(state, kThree, layout, {.speculate = speculate});
}
void All(benchmark::State& state, Layout layout, bool speculate) {
  decode(state, kAll, layout, {.speculate = speculate});
}

/// Seven columns; the two other fields are skipped, or rescued.
void Seven(benchmark::State& state, bool rescue) {
  const std::string schema =
      std::string(
          "invoice_ID BIGINT, invoice_Date VARCHAR, SellerID INTEGER, BuyerID INTEGER, "
          "ProductID INTEGER, Quantity INTEGER, TotalSales DECIMAL(22,12), ") +
      (rescue ? "_rescued VARCHAR" : "none VARCHAR");
  decode(state, {0, 1, 2, 3, 4, 5, 6, 7}, Layout::kOne,
         {.bad_field = BadField::kNull, .rescue = rescue}, schema);
}

BENCHMARK_CAPTURE(Three, guess, Layout::kOne, true);
BENCHMARK_CAPTURE(Three, walk, Layout::kOne, false);
BENCHMARK_CAPTURE(All, guess, Layout::kOne, true);
BENCHMARK_CAPTURE(All, walk, Layout::kOne, false);
BENCHMARK_CAPTURE(Seven, two_fields_passed_by, false);
BENCHMARK_CAPTURE(Seven, two_fields_rescued, true);
BENCHMARK_CAPTURE(Three, guess_two_layouts, Layout::kTwo, true);
BENCHMARK_CAPTURE(Three, guess_optional_field, Layout::kOptional, true);
BENCHMARK_CAPTURE(Three, guess_skipped_escapes, Layout::kEscapes, true);
BENCHMARK_CAPTURE(All, guess_with_escapes, Layout::kEscapes, true);

}  // namespace
}  // namespace sluice::formats
