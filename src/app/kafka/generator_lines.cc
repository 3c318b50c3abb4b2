#include "app/kafka/generator_lines.h"

#include <deque>
#include <limits>
#include <utility>

#include "app/kafka/scanned_records.h"
#include "base/json.h"
#include "formats/json_encoder.h"

namespace sluice::app {
namespace {

constexpr const char* kGenerator = "generator";
constexpr std::int64_t kRowsAtOnce = 10'000;
constexpr std::chrono::milliseconds kWait{100};

/// Which of the file's sources is meant.
Result<const config::SourceEntry*> find_generator(const config::PipelineFile& file,
                                                  const std::string& name) {
  const config::SourceEntry* found = nullptr;
  for (const config::SourceEntry& entry : file.sources) {
    if (entry.connector.kind != kGenerator || (!name.empty() && entry.name != name)) continue;
    if (found != nullptr) {
      return user_error(file.path + ": has several generators, '" + found->name + "' and '" +
                        entry.name + "'; choose one with --source NAME");
    }
    found = &entry;
  }
  if (found != nullptr) return found;
  return user_error(file.path + (name.empty() ? ": has no generator source to produce from"
                                              : ": has no generator source '" + name + "'"));
}

/// Runs one generator source without an engine: batch by batch through a scan.
class GeneratorLines {
 public:
  explicit GeneratorLines(std::stop_token stop) : stop_(std::move(stop)) {}

  Status open(const std::string& path, const std::string& name) {
    SLUICE_ASSIGN(
        const config::PipelineFile file,
        config::read_pipeline_file(path, known_kinds(registry_), config::system_variables({})));
    SLUICE_ASSIGN(const config::SourceEntry* entry, find_generator(file, name));
    const connector::SourceKind& kind = *registry_.source(kGenerator);
    SLUICE_ASSIGN(const Options options, Options::validate(kind.options, entry->connector.options,
                                                           "the generator source"));
    const connector::Context context{file.name, entry->name, clock_, random_, *files_};
    SLUICE_ASSIGN(source_, kind.make(options, context));
    SLUICE_TRY(source_->open(stop_));
    SLUICE_ASSIGN(at_, source_->initial());
    std::vector<sql::ScanColumn> columns;
    const data::Schema& schema = source_->schema();
    for (std::size_t i = 0; i < schema.size(); ++i) columns.push_back({schema[i], false, i});
    SLUICE_ASSIGN(records_, ScannedRecords::make(std::move(columns), nullptr));
    SLUICE_ASSIGN(encoder_, formats::make_json_encoder(records_->schema(),
                                                       formats::JsonForm::kLinesWithoutOffsets,
                                                       records_->zone()));
    if (options.has("rows")) rows_ = options.integer("rows");
    return {};
  }

  Result<bool> next(std::string& line) {
    while (lines_.empty()) {
      if (stop_.stop_requested()) return false;
      SLUICE_ASSIGN(const bool more, load());
      if (!more) return false;
    }
    line = std::move(lines_.front());
    lines_.pop_front();
    return true;
  }

 private:
  Result<bool> load() {
    data::ReadLimit limit;
    limit.records = kRowsAtOnce;
    // By the offset's numbers: those of a gap have no row, and rows come again beside them.
    const auto at = parse_json(at_.json).value("row", std::int64_t{0});
    if (at >= rows_) return false;
    SLUICE_ASSIGN(data::Offset to, source_->latest(at_, limit));
    if (to == at_) {
      source_->wait_for_data(at_, kWait, stop_, clock_);
      return true;
    }
    SLUICE_ASSIGN(const auto batch, source_->read(at_, to, stop_));
    auto rows = records_->read(*batch, [&](const connector::RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows; ++row) {
        SLUICE_TRY(encoder_->append(chunk.columns, row, lines_.emplace_back()));
      }
      return true;
    });
    if (!rows) return std::move(rows).error();
    at_ = std::move(to);
    return true;
  }

  std::stop_token stop_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  connector::Registry registry_ = all_connectors();
  std::unique_ptr<connector::Source> source_;
  data::Offset at_;
  std::int64_t rows_ = std::numeric_limits<std::int64_t>::max();
  std::unique_ptr<ScannedRecords> records_;
  std::unique_ptr<formats::Encoder> encoder_;
  std::deque<std::string> lines_;
};

}  // namespace

Result<std::function<Result<bool>(std::string& line)>> generator_lines(const std::string& path,
                                                                       const std::string& name,
                                                                       std::stop_token stop) {
  auto lines = std::make_shared<GeneratorLines>(std::move(stop));
  SLUICE_TRY(lines->open(path, name));
  return std::function<Result<bool>(std::string&)>(
      [lines](std::string& line) { return lines->next(line); });
}

}  // namespace sluice::app
