#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "connector/at_least_once_sink_conformance.h"
#include "connector/sink_conformance.h"
#include "connectors/custom/custom_kinds.h"
#include "io/file_system.h"
#include "support/filed_bytes.h"

namespace sluice::connector {
namespace {

std::vector<std::string> ids_and_names(const std::vector<std::string>& objects) {
  std::vector<std::string> rows;
  for (const std::string& object : objects) {
    const Json row = parse_json(object);
    rows.push_back(std::to_string(row["id"].get<int>()) + "|" + row["name"].get<std::string>());
  }
  return rows;
}

/// Appends rows to a file, a line each.
class Appended final : public RecordSink {
 public:
  explicit Appended(std::string file) : file_(std::move(file)) {}
  Status write(const SinkBatch& batch) override {
    std::ofstream out(file_, std::ios::app);
    return batch.each_row([&](std::string_view row) {
      out << row << std::endl;
      return out ? Status() : Error(Kind::kTransient, "the disk is full");
    });
  }

 private:
  const std::string file_;
};

/// A file of rows that is replaced as a whole, with the mark of its newest batch in the first line.
class Transactional final : public RecordSink {
 public:
  explicit Transactional(std::string file) : file_(std::move(file)) {}
  Status write(const SinkBatch& batch) override {
    const std::vector<std::string> before = read_lines(file_);
    {
      std::ofstream out(file_ + ".new");
      out << batch.mark() << "\n";
      const std::size_t kept = batch.replaces() ? 1 : before.size();
      for (std::size_t i = 1; i < kept; ++i) out << before[i] << "\n";
      SLUICE_TRY(batch.each_row([&](std::string_view row) {
        out << row << "\n";
        return Status();
      }));
    }
    std::filesystem::rename(file_ + ".new", file_);
    return {};
  }
  Result<std::optional<std::string>> newest_mark() override {
    const std::vector<std::string> lines = read_lines(file_);
    return lines.empty() ? std::nullopt : std::optional(lines[0]);
  }

 private:
  const std::string file_;
};

/// What both rigs have in common.
class FileRig {
 public:
  explicit FileRig(const std::string& folder)
      : folder_(folder), bytes_(std::make_unique<FiledBytes>(folder + "/staged")) {
    std::filesystem::create_directories(folder_);
  }
  static constexpr bool kOutlivesProcess = true;
  static constexpr bool kStagesInCheckpoint = true;
  std::size_t leftovers() const { return 0; }
  void put_foreign() {}
  bool foreign_is_intact() const { return true; }

 protected:
  std::string file() const { return folder_ + "/rows"; }
  std::unique_ptr<Sink> made_by(const SinkKind& kind) {
    const auto options = Options::validate(kind.options, ConfigValue::map({}, {}), "sink");
    auto sink = kind.make(*options, *context_);
    EXPECT_TRUE(sink) << sink.error().message();
    (*sink)->keep_in(*bytes_);
    return *std::move(sink);
  }

 private:
  struct Surroundings {
    SystemClock clock;
    SeededRandom random{1};
    std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  };

  std::string folder_;
  std::unique_ptr<FiledBytes> bytes_;
  std::unique_ptr<Surroundings> around_ = std::make_unique<Surroundings>();
  std::unique_ptr<Context> context_ = std::make_unique<Context>(
      Context{"pipeline", "rows", around_->clock, around_->random, *around_->files});
};

class AppendedRig : public FileRig {
 public:
  using FileRig::FileRig;
  static SinkKind kind() { return kind_of(""); }
  std::unique_ptr<Sink> make() { return made_by(kind_of(file())); }
  std::vector<std::string> rows() const { return ids_and_names(read_lines(file())); }

 private:
  static SinkKind kind_of(const std::string& file) {
    return connectors::custom::kind_of(SinkDeclaration{
        .kind = "appended", .make = [file](const OptionValues&, const ConnectorPlace&) {
          return std::make_unique<Appended>(file);
        }});
  }
};

class TransactionalRig : public FileRig {
 public:
  using FileRig::FileRig;
  static SinkKind kind() { return kind_of(""); }
  std::unique_ptr<Sink> make() { return made_by(kind_of(file())); }
  std::vector<std::string> rows() const {
    std::vector<std::string> lines = read_lines(file());
    if (!lines.empty()) lines.erase(lines.begin());
    return ids_and_names(lines);
  }

 private:
  static SinkKind kind_of(const std::string& file) {
    return connectors::custom::kind_of(SinkDeclaration{
        .kind = "transactional",
        .make = [file](const OptionValues&,
                       const ConnectorPlace&) { return std::make_unique<Transactional>(file); },
        .is_exactly_once = true});
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Custom, AtLeastOnceSinkConformance, AppendedRig);
INSTANTIATE_TYPED_TEST_SUITE_P(Custom, SinkConformance, TransactionalRig);

}  // namespace
}  // namespace sluice::connector
