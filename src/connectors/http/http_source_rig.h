#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/http/http_source.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace sluice::connectors::http {

inline ConfigValue text(const std::string& value) { return ConfigValue::scalar(value, false, {}); }

/// Options as a pipeline file gives them; a value with "/" at its front in a list.
using Given = std::vector<std::pair<std::string, ConfigValue>>;
inline ConfigValue map(const Given& given) {
  std::vector<ConfigValue::Entry> entries;
  for (const auto& [key, value] : given) entries.push_back({key, {}, value});
  return ConfigValue::map(std::move(entries), {});
}

/// For tests: a source over an inbox in a folder of its own, asked again and again as runs do.
class HttpSourceTest : public testing::Test {
 protected:
  Result<std::unique_ptr<connector::Source>> make(const Given& given) {
    const connector::SourceKind kind = http_source_kind();
    SLUICE_ASSIGN(const Options options, Options::validate(kind.options, map(given), "http"));
    connector::Context context{"test", "in", clock_, random_, *files_};
    context.folder = folder_.at("inbox");
    return kind.make(options, context);
  }
  /// As poll(), until there are `count` records: a batch may end inside an answer.
  std::vector<std::string> poll_until(std::size_t count, const Given& given) {
    count_max_ = count;
    auto texts = poll(given);
    count_max_.reset();
    return texts;
  }
  /// One pass, from where the last one came to: the new records.
  std::vector<std::string> poll(const Given& given) {
    auto made = make(given);
    EXPECT_TRUE(made) << made.error().message();
    if (!made) return {};
    connector::Source& source = **made;
    EXPECT_TRUE(source.open({}));
    if (offset_) {
      const auto resumed = source.resume({*offset_, "", "here"});
      EXPECT_TRUE(resumed) << resumed.error().message();
    } else {
      offset_ = *source.initial();
    }
    if (!goes_on_) {
      EXPECT_TRUE(source.freeze());
    }
    std::vector<std::string> texts;
    problem_.clear();
    for (int tries = 0; tries < 300 && source.ending(*offset_) != connector::Ending::kEnded;
         ++tries) {
      data::ReadLimit limit;
      if (count_max_) limit.records = static_cast<std::int64_t>(*count_max_ - texts.size());
      if (limit.records == 0) break;
      const auto to = source.latest(*offset_, limit);
      if (!to) {
        problem_ = std::string(kind_name(to.error().kind())) + ": " + to.error().message();
        if (to.error().kind() != Kind::kTransient) break;
      }
      if (!to || *to == *offset_) {
        source.wait_for_data(*offset_, std::chrono::milliseconds(20), {}, clock_);
        continue;
      }
      const auto batch = source.read(*offset_, *to, {});
      EXPECT_TRUE(batch) << batch.error().message();
      for (const data::Payload& payload : (*batch)->payloads()) texts.emplace_back(payload.text());
      offset_ = *to;
    }
    if (releases_) source.release(*offset_);
    return texts;
  }
  /// What a restored checkpoint lacks.
  void lose_folder() {
    const auto files = files_->list(folder_.path(), true);
    ASSERT_TRUE(files);
    for (const auto& file : *files) {
      EXPECT_TRUE(files_->remove(file.path));
    }
  }

  using Texts = std::vector<std::string>;
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SeededRandom random_{1};
  std::optional<data::Offset> offset_;
  std::string problem_;
  bool releases_ = true;
  bool goes_on_ = false;  // after a pass, as a pipeline that runs
  std::optional<std::size_t> count_max_;
};

/// Answers with a text that the test changes.
class Board {
 public:
  void put(std::string body, std::string headers = "") {
    const std::lock_guard lock(mutex_);
    body_ = std::move(body);
    headers_ = std::move(headers);
  }
  test::HttpServer::Handler handler() {
    return [this](const test::ServedRequest&, const test::HttpConnection& to) {
      const std::lock_guard lock(mutex_);
      return to.answer(200, body_, headers_);
    };
  }

 private:
  std::mutex mutex_;
  std::string body_;
  std::string headers_;
};

}  // namespace sluice::connectors::http
