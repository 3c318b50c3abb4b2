#include "connector/source_conformance.h"
#include "connectors/generator/generator_source.h"

namespace sluice::connector {
namespace {

using connectors::GeneratorOptions;
using connectors::GeneratorSource;

ConfigValue text(const std::string& value) { return ConfigValue::scalar(value, false, {}); }
ConfigValue map(const std::string& key, ConfigValue value) {
  return ConfigValue::map({{key, {}, std::move(value)}}, {});
}

/// 50 rows with a column of every kind.
class GeneratorRig {
 public:
  std::unique_ptr<Source> make() {
    std::vector<ConfigValue::Entry> columns;
    columns.push_back({"id", {}, map("sequence", text("1"))});
    columns.push_back({"price", {}, map("uniform", map("max", text("1000000")))});
    columns.push_back({"size", {}, map("normal", map("mean", text("10")))});
    columns.push_back({"kind", {}, map("choice", map("values", text("a")))});
    columns.push_back({"at", {}, map("timestamp", text("2024-01-01"))});
    columns.push_back({"uid", {}, map("uuid", ConfigValue::map({}, {}))});
    columns.push_back({"number", {}, map("pattern", text("INVOICE-####-??"))});
    columns.push_back({"one", {}, map("constant", text("1"))});
    auto generator = connectors::Generator::make(ConfigValue::map(std::move(columns), {}), 7);
    EXPECT_TRUE(generator) << generator.error().message();
    return std::make_unique<GeneratorSource>(*generator, GeneratorOptions{.rows = 50}, clock_);
  }
  void fill() {}
  bool fill_more() { return false; }

 private:
  SystemClock clock_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Generator, SourceConformance, GeneratorRig);

}  // namespace
}  // namespace sluice::connector
