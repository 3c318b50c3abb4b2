#include "connectors/http/http_sink.h"

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "connector/batch_table.h"
#include "support/filed_bytes.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"
#include "support/text_table.h"

namespace sluice::connectors::http {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

ConfigValue text(const std::string& value) { return ConfigValue::scalar(value, false, {}); }

class HttpSinkTest : public testing::Test {
 protected:
  using Given = std::vector<std::pair<std::string, std::string>>;

  Result<std::unique_ptr<connector::Sink>> made(const Given& given) {
    const connector::SinkKind kind = http_sink_kind();
    std::vector<ConfigValue::Entry> entries;
    for (const auto& [key, value] : given) entries.push_back({key, {}, text(value)});
    SLUICE_ASSIGN(
        const Options options,
        Options::validate(kind.options, ConfigValue::map(std::move(entries), {}), "http"));
    return kind.make(options, context_);
  }
  std::unique_ptr<connector::Sink> make(const Given& given) {
    auto sink = made(given);
    EXPECT_TRUE(sink) << sink.error().message();
    (*sink)->keep_in(bytes_);
    EXPECT_TRUE((*sink)->check(schema(), connector::OutputMode::kAppend));
    return *std::move(sink);
  }
  static data::Schema schema() {
    return data::Schema({{"id", data::TypeId::kBigint}, {"name", data::TypeId::kVarchar}});
  }
  static connector::Staged stage(connector::Sink& sink, const std::string& hash = "hash") {
    connector::TextTable table(schema(), {{"1", "a"}, {"2", std::nullopt}, {"3", "ü\""}});
    auto staged = sink.stage(7, table);
    EXPECT_TRUE(staged) << staged.error().message();
    staged->plan_hash = hash;
    return *std::move(staged);
  }
  static std::string problem(const Status& status) {
    return status ? ""
                  : std::string(kind_name(status.error().kind())) + ": " + status.error().message();
  }

  io::TemporaryFolder folder_;
  FiledBytes bytes_{folder_.at("staged")};
  SystemClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  connector::Context context_{"sales", "hook", clock_, random_, *files_};
};

TEST_F(HttpSinkTest, SendsArraysWithAKey) {
  const HttpServer server("HTTP/1.1 204 None\r\n\r\n");
  const auto sink = make({{"url", server.url("/in")}, {"max_rows", "2"}});
  ASSERT_TRUE(sink->publish(stage(*sink)));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].method + requests[0].target, "POST/in");
  EXPECT_EQ(requests[0].body, R"([{"id":1,"name":"a"},{"id":2}])");
  EXPECT_EQ(requests[1].body, "[{\"id\":3,\"name\":\"ü\\\"\"}]");
  EXPECT_EQ(requests[0].header("content-type"), "application/json");
  EXPECT_EQ(requests[0].header("idempotency-key"), "sales/hook/7/0/hash");
  EXPECT_EQ(requests[1].header("idempotency-key"), "sales/hook/7/1/hash");
}

TEST_F(HttpSinkTest, ABatchThatIsSentAgainHasTheSameKeys) {
  const HttpServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const Given given = {{"url", server.url()}, {"body", "row"}};
  const auto staged = stage(*make(given));
  ASSERT_TRUE(make(given)->publish(staged));
  ASSERT_TRUE(make(given)->publish(staged));
  std::set<std::string> keys;
  for (const auto& request : server.requests()) keys.insert(request.header("idempotency-key"));
  EXPECT_EQ(server.requests().size(), 6U);
  EXPECT_EQ(keys.size(), 3U);
}

TEST_F(HttpSinkTest, WhatWasTakenIsNotSentAgainByTheNextTry) {
  std::atomic<int> asked = 0;
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    return asked++ == 1 ? to.answer(503, "busy", "Retry-After: 0\r\n") : to.answer(200, "");
  });
  const auto sink = make({{"url", server.url()}, {"body", "row"}, {"value", "json"}});
  const auto staged = stage(*sink);
  const std::string said = problem(sink->publish(staged));
  EXPECT_EQ(said, "transient: batch 7 request 1: POST " + server.url() +
                      ": the server answered status=503 answer='busy'");
  ASSERT_TRUE(sink->publish(staged));
  std::vector<std::string> keys;
  for (const auto& request : server.requests()) keys.push_back(request.header("idempotency-key"));
  EXPECT_EQ(keys, (std::vector<std::string>{"sales/hook/7/0/hash", "sales/hook/7/1/hash",
                                            "sales/hook/7/1/hash", "sales/hook/7/2/hash"}));
}

TEST_F(HttpSinkTest, ARefusalIsTheUsers) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    return to.answer(422, R"({"error": "id must be a text"})",
                     "Content-Type: application/json\r\n");
  });
  const auto sink = make({{"url", server.url("/?api_key=k3y")}});
  EXPECT_EQ(problem(sink->publish(stage(*sink))),
            "user: batch 7 request 0: POST " + server.url("/?api_key=***") +
                ": the server answered status=422 content_type='application/json' "
                "answer='{\"error\": \"id must be a text\"}'");
}

TEST_F(HttpSinkTest, LinesOfOtherFormats) {
  const HttpServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto sink = make(
      {{"url", server.url()}, {"body", "lines"}, {"value", "csv"}, {"idempotency_header", ""}});
  ASSERT_TRUE(sink->publish(stage(*sink)));
  EXPECT_EQ(server.requests().at(0).header("content-type"), "text/csv");
  EXPECT_EQ(server.requests().at(0).header("idempotency-key"), "");
  EXPECT_EQ(server.requests().at(0).body, "1,a\n2,\n3,\"ü\"\"\"\n");
}

TEST_F(HttpSinkTest, OptionsThatDoNotGoTogether) {
  const auto said = [this](Given given) {
    given.emplace_back("url", "http://a.org/");
    const auto sink = made(given);
    return sink ? std::string("fine") : sink.error().message();
  };
  EXPECT_EQ(said({}), "fine");
  EXPECT_NE(said({{"value", "csv"}}).find("an array holds JSON"), std::string::npos);
  EXPECT_NE(said({{"bearer", "t"}}).find("`allow.plain_http_token: true`"), std::string::npos);
  EXPECT_NE(said({{"password", "t"}}).find("'password' needs 'user'"), std::string::npos);
}

}  // namespace
}  // namespace sluice::connectors::http
