#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include "app/kafka/generator_lines.h"
#include "app/kafka/kafka_connection.h"
#include "base/border.h"
#include "connectors/files/csv_text.h"
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
    input->is_regular_ = std::filesystem::is_regular_file(path, problem);
    const auto bytes = std::filesystem::file_size(path, problem);
    if (!problem) input->bytes_ = static_cast<double>(bytes);
    return input;
  }

  std::istream& stream() { return is_file_ ? file_ : std::cin; }

  /// It can be read twice.
  bool is_regular() const { return is_regular_; }

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
  bool is_regular_ = false;
  double bytes_ = 0;
};

ProduceProgress public_progress(const kafka::ProduceProgress& from) {
  ProduceProgress to;
  to.rows = static_cast<std::int64_t>(from.delivered);
  to.bytes = static_cast<std::int64_t>(from.bytes);
  return to;
}

/// The rows of `feed` that the request asks for: not the first ones, not more than the limit. An
/// error in the middle, after rows of a `pipe` were sent, says how to go on.
kafka::RecordFeed wanted_rows(kafka::RecordFeed feed, const ProduceRequest& request, bool is_pipe) {
  struct Count {
    std::int64_t skipped = 0;
    std::int64_t sent = 0;
  };
  return [feed = std::move(feed), skip = request.rows_skipped, max = request.rows_max, is_pipe,
          count = Count()](kafka::OutgoingRecord& record) mutable -> Result<bool> {
    for (; count.skipped < skip; ++count.skipped) {
      SLUICE_ASSIGN(const bool more, feed(record));
      if (!more) return false;
    }
    if (max > 0 && count.sent == max) return false;
    auto more = feed(record);
    if (more && *more) ++count.sent;
    if (more || !is_pipe || count.sent == 0) return more;
    return Error(more.error().kind(), more.error().message() +
                                          "; the rows before it are sent: fix it and go on with " +
                                          "--skip " + std::to_string(count.skipped + count.sent));
  };
}

/// Reads all that would be sent, so that a broken row is found before any is.
Status check_rows(const kafka::RecordFeed& feed, const std::stop_token& stop) {
  kafka::OutgoingRecord record;
  while (!stop.stop_requested()) {
    auto more = feed(record);
    if (!more) return Error(more.error().kind(), more.error().message() + "; nothing was sent");
    if (!*more) break;
  }
  return {};
}

/// The rows of a file of CSV or JSON lines.
kafka::RecordFeed file_feed(ProduceInput kind, std::istream& input, const ProduceRequest& request) {
  kafka::FeedOptions options;
  options.key_column = request.key_column;
  if (kind == ProduceInput::kJsonLines) return kafka::json_lines_feed(input, std::move(options));
  formats::CsvStyle style;
  style.delimiter = request.delimiter;
  auto text = std::make_shared<connectors::CsvText>(input, style);
  return kafka::csv_feed(
      [text](kafka::CsvRow& row) -> Result<bool> {
        SLUICE_ASSIGN(const bool more, text->next(row.fields));
        row.line = text->line();
        return more;
      },
      std::move(options));
}

}  // namespace

Result<ProduceProgress> produce(const ProduceRequest& request,
                                const std::function<void(const ProduceProgress&)>& report,
                                std::stop_token stop) {
  return at_border("produce", [&]() -> Result<ProduceProgress> {
    SLUICE_ASSIGN(const ProduceInput kind, input_of(request));
    std::unique_ptr<Input> input;
    kafka::RecordFeed feed;
    if (kind == ProduceInput::kGenerator) {
      SLUICE_ASSIGN(auto lines, app::generator_lines(request.file, request.source, stop));
      kafka::FeedOptions options;
      options.key_column = request.key_column;
      feed = wanted_rows(kafka::lines_feed(std::move(lines), std::move(options)), request, false);
    } else {
      SLUICE_ASSIGN(input, Input::open(request.file));
      const bool can_fail = kind == ProduceInput::kCsv || !request.key_column.empty();
      if (can_fail && input->is_regular()) {
        SLUICE_TRY(check_rows(
            wanted_rows(file_feed(kind, input->stream(), request), request, false), stop));
        SLUICE_ASSIGN(input, Input::open(request.file));
      }
      feed = wanted_rows(file_feed(kind, input->stream(), request), request, !input->is_regular());
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
                  kafka::produce(wanted, feed, {clock, *files, on_progress}, std::move(stop)));
    return public_progress(done);
  });
}

}  // namespace sluice
