#include "app/composition/settings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/composition/composition.h"

namespace sluice::app {
namespace {

constexpr const char* kFile = R"(name: orders
sources:
  orders:
    kafka:
      brokers: ${BROKERS}
      topic: ${TOPIC}
      max_records_per_trigger: ${RECORDS:-7}
      properties: {sasl.password: hunter2, sasl.username: "${WHO}", client.id: "${WHO}"}
    format: {json: {schema: {id: BIGINT}}}
  pages:
    http: {url: "https://example.com/?api_key=hunter2&page=1", headers: {X-Own: "${WHO}", Authorization: hunter2}, bearer: "${OPEN:-hunter2}"}
    format: {json: {schema: {id: BIGINT}}}
sinks:
  gold: {from: orders, csv: {path: "${OUT}/gold"}}
notify:
  page: {webhook: {url: "${HOOK}", headers: {Authorization: hunter2}}}
alerts:
  many: {when: "SELECT id FROM orders WHERE 'hunter2' <> '${WHO}'", to: page}
trigger: {every: "${EVERY}"}
checkpoint: ${OUT}/checkpoint
)";

class Settings : public testing::Test {
 protected:
  std::vector<SettingDescription> all(const std::string& text = kFile) {
    config::Variables variables;
    variables.given = {{"EVERY", "2s"}};
    variables.environment = [](const std::string& name) -> std::optional<std::string> {
      const std::map<std::string, std::string> set = {{"BROKERS", "one:9092"},
                                                      {"TOPIC", "paid"},
                                                      {"WHO", "swordfish"},
                                                      {"OUT", "/data"},
                                                      {"HOOK", "https://h.example/swordfish"}};
      const auto found = set.find(name);
      return found == set.end() ? std::nullopt : std::optional(found->second);
    };
    variables.read_file = [](const std::string&) -> Result<std::string> {
      return std::string("swordfish");
    };
    const auto file = config::read_pipeline_text(text, "p.yaml", known_kinds(registry_), variables);
    if (!file) ADD_FAILURE() << file.error().message();
    if (!file) return {};
    auto made = compose(*file, {registry_, clock_, random_, *files_});
    if (!made) ADD_FAILURE() << made.error().message();
    text_ = made ? made->description.text : "";
    return made ? made->description.settings : std::vector<SettingDescription>();
  }

  /// "value, origin, line:column" of one.
  static std::string shown(const std::vector<SettingDescription>& all, const std::string& name) {
    const auto found = std::ranges::find(all, name, &SettingDescription::name);
    if (found == all.end()) return "none";
    return found->value + ", " + found->origin + ", " + std::to_string(found->line) + ":" +
           std::to_string(found->column);
  }

  const connector::Registry registry_ = all_connectors();
  const SystemClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::string text_;
};

TEST_F(Settings, SayWhereTheyComeFrom) {
  const auto settings = all();
  EXPECT_EQ(shown(settings, "name"), "orders, file, 1:7");
  EXPECT_EQ(shown(settings, "timezone"), "UTC, default, 0:0");
  EXPECT_EQ(shown(settings, "trigger.every"), "2s, --var EVERY, 19:18");
  EXPECT_EQ(shown(settings, "checkpoint"), "/data/checkpoint, environment OUT, 20:13");
  EXPECT_EQ(shown(settings, "sources.orders.kafka.topic"), "paid, environment TOPIC, 6:14");
  EXPECT_EQ(shown(settings, "sources.orders.kafka.max_records_per_trigger"), "7, file, 7:32");
  EXPECT_EQ(shown(settings, "sources.orders.format.json.schema.id"), "BIGINT, file, 9:34");
  EXPECT_EQ(shown(settings, "sources.orders.format.json.on_error"), "dead_letter, default, 0:0");
  EXPECT_EQ(shown(settings, "sinks.gold.mode"), "append, default, 0:0");
  EXPECT_EQ(shown(settings, "engine.threads"), "0, default, 0:0");
  EXPECT_EQ(shown(settings, "sources.pages.http.headers.verify"), "none");
}

TEST_F(Settings, NoSecretIsInThem) {
  std::string everything;
  for (const SettingDescription& one : all()) {
    everything += one.name + " = " + one.value + " from " + one.origin + "\n";
  }
  // What the alert's SQL says literally is SQL, and no secret.
  std::string literal = everything;
  literal.erase(literal.find("alerts.many.when"), 60);
  EXPECT_EQ(literal.find("hunter2"), std::string::npos) << literal;
  EXPECT_EQ(everything.find("swordfish"), std::string::npos) << everything;
  EXPECT_EQ(text_.find("=hunter2&"), std::string::npos) << text_;
  EXPECT_EQ(text_.find(":-hunter2"), std::string::npos) << text_;
}

TEST_F(Settings, NamesStandInPlaceOfWhatMayBeSecret) {
  const auto settings = all();
  EXPECT_EQ(shown(settings, "sources.orders.kafka.properties.client.id"),
            "${WHO}, environment WHO, 8:80");
  EXPECT_EQ(shown(settings, "sources.orders.kafka.properties.sasl.password"), "***, file, 8:35");
  EXPECT_EQ(shown(settings, "sources.pages.http.headers.X-Own").substr(0, 6), "${WHO}");
  EXPECT_EQ(shown(settings, "sources.pages.http.url").substr(0, 45),
            "https://example.com/?api_key=***&page=1, file");
}

TEST_F(Settings, AreBounded) {
  std::string schema;
  for (int i = 0; i < 6000; ++i) schema += ", c" + std::to_string(i) + ": BIGINT";
  std::string text = kFile;
  text.insert(text.find(": BIGINT") + 8, schema);
  EXPECT_EQ(all(text).size(), 5000U);
}

}  // namespace
}  // namespace sluice::app
