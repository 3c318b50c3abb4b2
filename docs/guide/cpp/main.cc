#include <cstdio>
#include <string>

#include "sluice/connector.h"
#include "sluice/host.h"
#include "sluice/program_function.h"

// A thousand ticks of an exchange: numbered records that can be read again.
struct Ticks : sluice::RecordSource {
  sluice::Result<std::int64_t> end() override { return 1000; }
  bool is_complete() const override { return true; }
  sluice::Status read(std::int64_t from, std::int64_t to, const Give& give,
                      const std::stop_token&) override {
    for (; from < to; ++from)
      give({.value = R"({"price": 1.5, "n": )" + std::to_string(from) + "}"});
    return {};
  }
};

// Prints rows, a line each.
struct Printer : sluice::RecordSink {
  sluice::Status write(const sluice::SinkBatch& batch) override {
    return batch.each_row([](std::string_view row) {
      std::printf("%.*s\n", static_cast<int>(row.size()), row.data());
      return sluice::Status();
    });
  }
};

sluice::Status run(const char* file) {
  SLUICE_TRY(sluice::add_source(
      {.kind = "exchange", .make = [](auto&&...) { return std::make_unique<Ticks>(); }}));
  SLUICE_TRY(sluice::add_sink(
      {.kind = "printer", .make = [](auto&&...) { return std::make_unique<Printer>(); }}));
  SLUICE_TRY(sluice::add_function(
      "net", [](double price, std::int64_t n) { return price * static_cast<double>(n); }));
  sluice::Host host({});
  SLUICE_ASSIGN(sluice::Pipeline pipeline, sluice::Pipeline::load(file, {}));
  SLUICE_ASSIGN(sluice::HostedPipeline * running, host.add(std::move(pipeline)));
  SLUICE_TRY(running->start());
  host.wait();
  const auto failed = running->snapshot().error;
  return failed ? sluice::Error(failed->kind, failed->message) : sluice::Status();
}

int main() {
  const auto done = run("pipeline.yaml");
  if (!done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
