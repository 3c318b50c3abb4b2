#include <atomic>
#include <memory>
#include <string>

#include "connector/source_conformance.h"
#include "connectors/http/http_source.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

/// A list that grows, all of it in each answer.
class PollRig {
 public:
  static constexpr bool kEndsByItself = true;
  static constexpr bool kForgetsReleased = true;

  PollRig() {
    server_ = std::make_unique<HttpServer>([this](const ServedRequest&, const HttpConnection& to) {
      if (is_away_) return false;
      std::string items;
      for (int i = 0; i < records_; ++i) {
        items += (items.empty() ? "{\"id\":" : ",{\"id\":") + std::to_string(i) + "}";
      }
      return to.answer(200, "[" + items + "]");
    });
  }

  std::unique_ptr<Source> make() { return made(""); }
  std::unique_ptr<Source> make_impatient() { return made(""); }
  std::unique_ptr<Source> make_secret(const std::string& marker) { return made(marker); }
  void fill() { records_ = 25; }
  bool fill_more() {
    records_ += 5;
    return true;
  }
  void go_away() { is_away_ = true; }

 private:
  std::unique_ptr<Source> made(const std::string& secret) {
    connectors::http::HttpSourceOptions options;
    io::HttpRequest& request = options.feed.endpoint.request;
    request.url = server_->url(secret.empty() ? "/" : "/?token=" + secret);
    if (!secret.empty()) {
      request.headers.push_back({"Authorization", Secret(secret)});
      options.feed.endpoint.settings.bearer = Secret(secret);
      is_away_ = true;
    }
    options.feed.is_unique = true;
    options.feed.every = std::chrono::milliseconds(0);
    options.intake.unique = {"/id"};
    Context context{"test", "in", clock_, random_, *files_};
    context.folder = folder_.at("inbox");
    return std::make_unique<connectors::http::HttpSource>(std::move(options), context);
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SeededRandom random_{1};
  std::atomic<int> records_ = 0;
  std::atomic<bool> is_away_ = false;
  std::unique_ptr<HttpServer> server_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Http, SourceConformance, PollRig);

}  // namespace
}  // namespace sluice::connector
