#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "connector/at_least_once_sink_conformance.h"
#include "connectors/http/http_sink.h"
#include "support/filed_bytes.h"
#include "support/http_server.h"

namespace sluice::connector {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

/// A receiver that writes what it takes into a file before it answers.
class WebhookRig {
 public:
  static SinkKind kind() { return connectors::http::http_sink_kind(); }
  static constexpr bool kOutlivesProcess = true;

  explicit WebhookRig(const std::string& folder)
      : folder_(folder), bytes_(std::make_unique<FiledBytes>(folder + "/staged")) {
    std::filesystem::create_directories(folder_);
    server_ = std::make_unique<HttpServer>(
        [file = file()](const ServedRequest& request, const HttpConnection& to) {
          std::ofstream(file, std::ios::app)
              << request.header("idempotency-key") << "\t" << request.body << "\n";
          return to.answer(200, "");
        });
  }
  WebhookRig& operator=(WebhookRig&& other) noexcept = default;
  WebhookRig(WebhookRig&& other) noexcept = default;

  std::unique_ptr<Sink> make() {
    std::vector<ConfigValue::Entry> given;
    const auto give = [&given](const char* name, const std::string& value) {
      given.push_back({name, {}, ConfigValue::scalar(value, false, {})});
    };
    give("url", server_url());
    give("max_rows", "2");
    give("timeout", "2s");
    const auto options = Options::validate(kind().options, ConfigValue::map(given, {}), "http");
    auto sink = kind().make(*options, *context_);
    EXPECT_TRUE(sink) << sink.error().message();
    (*sink)->keep_in(*bytes_);
    return *std::move(sink);
  }
  std::vector<std::string> rows() const {
    std::vector<std::string> rows;
    for (const std::string& line : read_lines(file())) {
      for (const auto& row : parse_json(line.substr(line.find('\t') + 1))) {
        rows.push_back(std::to_string(row["id"].get<int>()) + "|" + row["name"].get<std::string>());
      }
    }
    return rows;
  }
  std::size_t leftovers() const { return 0; }
  void put_foreign() {}
  bool foreign_is_intact() const { return true; }
  void go_away() {
    url_ = server_->url();
    server_.reset();
  }

 private:
  std::string file() const { return folder_ + "/taken"; }
  std::string server_url() const { return server_ ? server_->url("/hook") : url_; }

  struct Surroundings {
    SystemClock clock;
    SeededRandom random{1};
    std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  };

  std::string folder_;
  std::unique_ptr<FiledBytes> bytes_;
  std::string url_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Surroundings> around_ = std::make_unique<Surroundings>();
  std::unique_ptr<Context> context_ = std::make_unique<Context>(
      Context{"pipeline", "hook", around_->clock, around_->random, *around_->files});
};

INSTANTIATE_TYPED_TEST_SUITE_P(Http, AtLeastOnceSinkConformance, WebhookRig);

}  // namespace
}  // namespace sluice::connector
