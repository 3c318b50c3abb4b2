#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include "app/kafka/chosen_format.h"
#include "app/kafka/generator_lines.h"
#include "app/kafka/kafka_connection.h"
#include "app/kafka/record_encoder.h"
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

  /// Reading on need not wait for whoever writes.
  bool has_more() { return is_regular_ || stream().rdbuf()->in_avail() > 0; }

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

/// An error in the middle, after `given` rows of a `pipe` were sent, says how to go on.
Error explained(Error error, const ProduceRequest& request, std::int64_t given, bool is_pipe) {
  if (!is_pipe || given == 0) return error;
  return {error.kind(), error.message() + "; the rows before it are sent: fix it and go on with " +
                            "--skip " + std::to_string(request.rows_skipped + given)};
}

/// The rows of `feed` that the request asks for: not the first ones, not more than the limit.
kafka::RecordFeed wanted_rows(kafka::RecordFeed feed, const ProduceRequest& request, bool is_pipe) {
  struct Count {
    std::int64_t skipped = 0;
    std::int64_t sent = 0;
  };
  return [feed = std::move(feed), &request, is_pipe,
          count = Count()](kafka::OutgoingRecord& record) mutable -> Result<bool> {
    for (; count.skipped < request.rows_skipped; ++count.skipped) {
      SLUICE_ASSIGN(const bool more, feed(record));
      if (!more) return false;
    }
    if (request.rows_max > 0 && count.sent == request.rows_max) return false;
    auto more = feed(record);
    if (!more) return explained(std::move(more).error(), request, count.sent, is_pipe);
    if (*more) ++count.sent;
    return more;
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

/// What makes values of the rows; null: they are sent as they are.
Result<std::unique_ptr<app::RecordEncoder>> encoder_of(const ProduceRequest& request,
                                                       io::FileSystem& files) {
  SLUICE_ASSIGN(const auto format, app::chosen_format(request.format));
  if (!format) return std::unique_ptr<app::RecordEncoder>();
  const ConfigValue::Entry& chosen = format->entries()[0];
  if (chosen.key != "json") return app::RecordEncoder::make(*format, request.topic, files);
  if (chosen.value.entries().empty()) return std::unique_ptr<app::RecordEncoder>();
  return chosen.value.entries()[0].value.error(
      "rows are sent as JSON the way they are, which has no options; remove '" +
      chosen.value.entries()[0].key + "'");
}

/// The records of one request.
class Rows {
 public:
  Rows(const ProduceRequest& request, app::RecordEncoder* encoder)
      : request_(request), encoder_(encoder) {}

  Status open(const std::stop_token& stop) {
    SLUICE_ASSIGN(kind_, input_of(request_));
    if (kind_ == ProduceInput::kGenerator) {
      SLUICE_ASSIGN(auto lines, app::generator_lines(request_.file, request_.source, stop));
      kafka::FeedOptions options;
      options.key_column = request_.key_column;
      feed_ = encoded(
          wanted_rows(kafka::lines_feed(std::move(lines), std::move(options)), request_, false),
          false);
      return {};
    }
    SLUICE_ASSIGN(input_, Input::open(request_.file));
    const bool can_fail =
        kind_ == ProduceInput::kCsv || !request_.key_column.empty() || encoder_ != nullptr;
    if (can_fail && input_->is_regular()) {
      SLUICE_TRY(check_rows(file_rows(/*is_pipe=*/false), stop));
      SLUICE_ASSIGN(input_, Input::open(request_.file));
    }
    feed_ = file_rows(!input_->is_regular());
    return {};
  }

  const kafka::RecordFeed& feed() const { return feed_; }
  double done() { return input_ ? input_->done() : -1; }

 private:
  kafka::RecordFeed file_rows(bool is_pipe) {
    return encoded(wanted_rows(file_feed(kind_, input_->stream(), request_), request_, is_pipe),
                   is_pipe);
  }

  kafka::RecordFeed encoded(kafka::RecordFeed rows, bool is_pipe) {
    if (encoder_ == nullptr) return rows;
    return app::encoded_feed(
        std::move(rows), *encoder_, [this] { return input_ == nullptr || input_->has_more(); },
        [this, is_pipe](Error error, std::int64_t given) {
          return explained(std::move(error), request_, given, is_pipe);
        });
  }

  const ProduceRequest& request_;
  app::RecordEncoder* const encoder_;  // null: values are what the rows are
  ProduceInput kind_ = ProduceInput::kByEnding;
  std::unique_ptr<Input> input_;  // null: a generator
  kafka::RecordFeed feed_;
};

}  // namespace

Result<ProduceProgress> produce(const ProduceRequest& request,
                                const std::function<void(const ProduceProgress&)>& report,
                                std::stop_token stop) {
  return at_border("produce", [&]() -> Result<ProduceProgress> {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto encoder, encoder_of(request, *files));
    Rows rows(request, encoder.get());
    SLUICE_TRY(rows.open(stop));
    if (encoder != nullptr) SLUICE_TRY(encoder->prepare());
    kafka::ProduceRequest wanted;
    wanted.connection = app::kafka_connection(request.connection);
    wanted.topic = request.topic;
    wanted.create_partitions = request.create_partitions;
    wanted.records_per_second = request.rows_per_second;
    const SystemClock clock;
    auto on_progress = [&](const kafka::ProduceProgress& progress) {
      ProduceProgress shown = public_progress(progress);
      shown.done = rows.done();
      report(shown);
    };
    SLUICE_ASSIGN(
        const kafka::ProduceProgress done,
        kafka::produce(wanted, rows.feed(), {clock, *files, on_progress}, std::move(stop)));
    return public_progress(done);
  });
}

}  // namespace sluice
