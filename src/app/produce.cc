#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include "app/generator_lines.h"
#include "app/kafka_connection.h"
#include "connectors/kafka/record_feed.h"

namespace sluice {
namespace {

namespace kafka = connectors::kafka;

Result<ProduceInput> input_of(const ProduceRequest& request) {
  if (request.input != ProduceInput::kByEnding) return request.input;
  const std::string ending = std::filesystem::path(request.file).extension().string();
  if (ending == ".csv") return ProduceInput::kCsv;
  if (ending == ".json" || ending == ".jsonl" || ending == ".ndjson") {
    return ProduceInput::kJsonLines;
  }
  if (ending == ".yaml" || ending == ".yml") return ProduceInput::kGenerator;
  return user_error(request.file +
                    ": its ending does not say what it is; name it with --csv FILE, --json FILE or "
                    "--generator FILE");
}

/// A file or standard input, and how far it has been read.
class Input {
 public:
  static Result<std::unique_ptr<Input>> open(const std::string& path) {
    auto input = std::make_unique<Input>();
    if (path == "-") return input;
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem)) {
      return user_error(path + ": is a folder, not a file");
    }
    input->file_.open(path, std::ios::binary);
    if (!input->file_) {
      return user_error(path + ": cannot be read: " + std::generic_category().message(errno));
    }
    input->is_file_ = true;
    const auto bytes = std::filesystem::file_size(path, problem);
    if (!problem) input->bytes_ = static_cast<double>(bytes);
    return input;
  }

  std::istream& stream() { return is_file_ ? file_ : std::cin; }

  /// 0 to 1; negative: unknown.
  double done() {
    if (!is_file_ || bytes_ <= 0) return -1;
    if (file_.eof()) return 1;
    const auto at = static_cast<double>(file_.tellg());
    return at < 0 ? 1 : at / bytes_;
  }

 private:
  std::ifstream file_;
  bool is_file_ = false;
  double bytes_ = 0;
};

ProduceProgress public_progress(const kafka::ProduceProgress& from) {
  ProduceProgress to;
  to.rows = static_cast<std::int64_t>(from.delivered);
  to.bytes = static_cast<std::int64_t>(from.bytes);
  return to;
}

/// `feed`, ended after `rows_max` records.
kafka::RecordFeed at_most(kafka::RecordFeed feed, std::int64_t rows_max) {
  if (rows_max <= 0) return feed;
  return [feed = std::move(feed),
          left = rows_max](kafka::OutgoingRecord& record) mutable -> Result<bool> {
    if (left == 0) return false;
    --left;
    return feed(record);
  };
}

}  // namespace

Result<ProduceProgress> produce(const ProduceRequest& request,
                                const std::function<void(const ProduceProgress&)>& report,
                                std::stop_token stop) {
  SLUICE_ASSIGN(const ProduceInput kind, input_of(request));
  kafka::FeedOptions options;
  options.key_column = request.key_column;
  options.delimiter = request.delimiter;
  std::unique_ptr<Input> input;
  kafka::RecordFeed feed;
  if (kind == ProduceInput::kGenerator) {
    SLUICE_ASSIGN(auto lines, app::generator_lines(request.file, request.source, stop));
    feed = kafka::lines_feed(std::move(lines), std::move(options));
  } else {
    SLUICE_ASSIGN(input, Input::open(request.file));
    feed = kind == ProduceInput::kCsv ? kafka::csv_feed(input->stream(), std::move(options))
                                      : kafka::json_lines_feed(input->stream(), std::move(options));
  }
  kafka::ProduceRequest wanted;
  wanted.connection = app::kafka_connection(request.connection);
  wanted.topic = request.topic;
  wanted.create_partitions = request.create_partitions;
  wanted.records_per_second = request.rows_per_second;
  const SystemClock clock;
  const auto files = io::make_local_file_system();
  auto on_progress = [&](const kafka::ProduceProgress& progress) {
    ProduceProgress shown = public_progress(progress);
    shown.done = input ? input->done() : -1;
    report(shown);
  };
  SLUICE_ASSIGN(const kafka::ProduceProgress done,
                kafka::produce(wanted, at_most(std::move(feed), request.rows_max),
                               {clock, *files, on_progress}, std::move(stop)));
  return public_progress(done);
}

}  // namespace sluice
