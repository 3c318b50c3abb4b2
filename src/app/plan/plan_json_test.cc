#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "sluice/plan.h"

namespace sluice {
namespace {

constexpr const char* kFile = R"yaml(name: shop
timezone: Europe/Berlin
sources:
  orders:
    kafka:
      brokers: "${PLAN_TEST_BROKERS:-localhost:9092}"
      topic: orders
      max_bytes_per_trigger: 2MiB
      properties: {sasl.password: "${PLAN_TEST_PASSWORD:-swordfish}", client.rack: "${PLAN_TEST_RACK:-a}"}
    format: {json: {schema: {id: BIGINT, ts: TIMESTAMP, price: "DECIMAL(18,2)"}}}
    metadata: {part: partition}
    watermark: {column: ts, delay: 10s}
  seen: {json_lines: {path: in, schema: {id: BIGINT}}}
views:
  # Not in the order in which they are read.
  by_hour: SELECT date_trunc('hour', ts) AS hour, sum(price) AS total FROM dear GROUP BY ALL
  dear: >-
    SELECT *
    FROM orders WHERE price > 10
  once: {from: seen, deduplicate: {by: [id]}}
sinks:
  hours: {from: by_hour, mode: upsert, key: hour, delete_when: total < 0, delta: {path: out}}
  calls: {from: dear, http: {url: "https://example.org/in", bearer: "${PLAN_TEST_TOKEN:-hunter2}"}}
trigger: {every: 5s}
checkpoint: ${PLAN_TEST_OUT:-check}
ui: {listen: "127.0.0.1:8484"}
)yaml";

Json plan(const std::string& text, const PlanOptions& options) {
  auto pipeline = Pipeline::parse(text, "shop.yaml");
  EXPECT_TRUE(pipeline) << pipeline.error().message();
  if (!pipeline) return {};
  const auto made = plan_json(*pipeline, options);
  EXPECT_TRUE(made) << made.error().message();
  return made ? Json::parse(*made) : Json();
}

TEST(PlanJson, HasTheFileWithDefaultsAndPlaces) {
  const Json made = plan(kFile, {});
  EXPECT_EQ(made["version"], 1);
  EXPECT_EQ(made["checkpoint"], "check");
  EXPECT_EQ(made["written"], Json({{"checkpoint", "${PLAN_TEST_OUT:-check}"}}));
  EXPECT_EQ(made["timezone"], "Europe/Berlin");
  EXPECT_EQ(made["trigger"], Json({{"kind", "every"}, {"every_us", 5'000'000}}));
  const Json& orders = made["sources"][0];
  EXPECT_EQ(orders["at"], Json({4, 3}));
  const Json& kafka = orders["connector"];
  EXPECT_EQ(kafka["options"]["topic"], Json({"orders"}));
  EXPECT_EQ(kafka["options"]["max_bytes_per_trigger"], 2 << 20);
  EXPECT_EQ(kafka["options"]["isolation"], "read_committed");
  EXPECT_EQ(kafka["given"]["topic"], Json({7, 14}));
  EXPECT_FALSE(kafka["given"].contains("isolation"));
  EXPECT_EQ(orders["watermark"]["delay_us"], 10'000'000);
  EXPECT_EQ(orders["metadata"], Json::parse(R"([{"name": "part", "column": "partition"}])"));
  EXPECT_EQ(orders["columns"][2], Json({{"name", "price"}, {"type", "DECIMAL(18,2)"}}));
  EXPECT_EQ(orders["columns"][3]["name"], "part");
  EXPECT_EQ(made["ignored"], Json({"ui"}));
}

TEST(PlanJson, FormatsThatAreBuiltInAreFormats) {
  const Json made = plan(kFile, {});
  const Json& seen = made["sources"][1];
  EXPECT_EQ(seen["connector"]["options"]["path"], "in");
  EXPECT_EQ(seen["format"]["kind"], "json");
  EXPECT_EQ(seen["format"]["options"]["schema"],
            Json::parse(R"([{"name": "id", "type": "BIGINT"}])"));
}

TEST(PlanJson, ViewsComeAfterWhatTheyRead) {
  const Json views = plan(kFile, {})["views"];
  EXPECT_EQ(views[0]["name"], "dear");
  EXPECT_EQ(views[0]["kind"], "stateless");
  EXPECT_EQ(views[0]["stream"], true);
  EXPECT_EQ(views[0]["sql"], "SELECT *\n    FROM orders WHERE price > 10");
  EXPECT_EQ(views[1]["name"], "by_hour");
  EXPECT_EQ(views[1]["kind"], "aggregate");
  EXPECT_EQ(views[1]["reads"], Json({"dear"}));
  EXPECT_EQ(views[1]["columns"][0], Json({{"name", "hour"}, {"type", "TIMESTAMP"}}));
  EXPECT_EQ(views[2]["deduplicate"], Json::parse(R"({"by": ["id"], "within_us": null})"));
}

TEST(PlanJson, SinksHaveTheirModeAndKey) {
  const Json hours = plan(kFile, {})["sinks"][0];
  EXPECT_EQ(hours["mode"], "upsert");
  EXPECT_EQ(hours["key"], Json({"hour"}));
  EXPECT_EQ(hours["delete_when"], "total < 0");
  EXPECT_EQ(hours["connector"]["kind"], "delta");
}

TEST(PlanJson, SecretsAreShownToEnginesOnly) {
  const Json masked = plan(kFile, {});
  EXPECT_EQ(masked.dump().find("swordfish"), std::string::npos);
  EXPECT_EQ(masked.dump().find("hunter2"), std::string::npos);
  const Json& kafka = masked["sources"][0]["connector"];
  EXPECT_EQ(kafka["options"]["properties"]["sasl.password"], "***");
  EXPECT_EQ(kafka["options"]["properties"]["client.rack"], "a");
  EXPECT_EQ(kafka["secrets"], Json({"properties.sasl.password"}));
  EXPECT_EQ(kafka["written"]["properties.client.rack"], "${PLAN_TEST_RACK:-a}");
  EXPECT_EQ(kafka["written"]["properties.sasl.password"], "${PLAN_TEST_PASSWORD}");
  EXPECT_EQ(masked["sinks"][1]["connector"]["options"]["bearer"], "***");
  EXPECT_EQ(masked["sinks"][1]["connector"]["secrets"], Json({"bearer"}));

  const Json open = plan(kFile, {.with_secrets = true});
  EXPECT_EQ(open["sources"][0]["connector"]["options"]["properties"]["sasl.password"], "swordfish");
  EXPECT_EQ(open["sinks"][1]["connector"]["options"]["bearer"], "hunter2");
}

TEST(PlanJson, TheCommandMayChooseTheTrigger) {
  EXPECT_EQ(plan(kFile, {.trigger = TriggerChoice::kAvailableNow})["trigger"]["kind"],
            "available_now");
}

}  // namespace
}  // namespace sluice
