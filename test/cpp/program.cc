// A program that brings sources, sinks and functions of its own, as one that uses the installed
// package would:
//   program PIPELINE.yaml...
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "sluice/connector.h"
#include "sluice/host.h"
#include "sluice/program_function.h"

namespace {

using sluice::ConnectorOption;
using sluice::ConnectorPlace;
using sluice::OptionValues;
using sluice::Result;
using sluice::Status;

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Lines of a file, which are its records.
class Lines : public sluice::RecordSource {
 public:
  Lines(std::string path, std::string breaks)
      : path_(std::move(path)), breaks_(std::move(breaks)) {}

  Status open(const std::stop_token&) override {
    lines_ = lines_of(path_);
    if (breaks_ == "open") throw std::runtime_error("the door is stuck");
    return {};
  }
  Result<std::int64_t> first() override {
    return breaks_ == "trimmed" ? 20 : 2;
  }  // two lines of a title
  Result<std::int64_t> end() override {
    if (breaks_ == "end") throw 42;
    return std::ssize(lines_);
  }
  bool is_complete() const override { return true; }
  Status read(std::int64_t from, std::int64_t to, const Give& give,
              const std::stop_token&) override {
    if (breaks_ == "read" && from > 100) return sluice::corruption_error("lines are gone");
    if (breaks_ == "short") --to;
    if (breaks_ == "cancelled" && from > 100)
      return sluice::Error(sluice::Kind::kCancelled, "somebody's query was cancelled");
    if (breaks_ == "strange") return give_strange(from, to, give);
    if (breaks_ == "once" && !has_failed_) {
      has_failed_ = true;
      return sluice::transient_error("not just now");
    }
    for (std::int64_t i = from; i < to; ++i) {
      if (!give({.value = lines_[static_cast<std::size_t>(i)], .key = "key", .timestamp_us = i}))
        return {};
    }
    return {};
  }

 private:
  /// Keys of any bytes, times beyond all calendars, tombstones.
  Status give_strange(std::int64_t from, std::int64_t to, const Give& give) const {
    for (std::int64_t i = from; i < to; ++i) {
      sluice::Record record{.value = lines_[static_cast<std::size_t>(i)],
                            .key = std::string_view("\xff\0k", 3)};
      if (i % 4 == 0) record.key = "";
      if (i % 4 == 1) record.key = std::nullopt;
      if (i % 3 == 0) record.timestamp_us = INT64_MAX;
      if (i % 3 == 1) record.timestamp_us = INT64_MIN;
      if (i % 5 == 0) record.value = std::nullopt;
      if (!give(record)) return {};
    }
    return {};
  }

  const std::string path_;
  const std::string breaks_;
  std::vector<std::string> lines_;
  bool has_failed_ = false;
};

/// A file of rows after the mark of its newest batch, replaced as a whole.
class Ledger : public sluice::RecordSink {
 public:
  Ledger(std::string path, std::string breaks)
      : path_(std::move(path)), breaks_(std::move(breaks)) {}

  Status open(const std::vector<sluice::SinkColumn>& columns) override {
    for (const auto& column : columns)
      std::fprintf(stderr, "column %s %s\n", column.name.c_str(), column.type.c_str());
    return {};
  }
  Status write(const sluice::SinkBatch& batch) override {
    if (breaks_ == "write") throw std::logic_error("the ink is dry");
    std::vector<std::string> rows = lines_of(path_);
    if (batch.replaces()) rows.clear();
    {
      std::ofstream out(path_ + ".new");
      out << batch.mark() << "\n";
      for (std::size_t i = 1; i < rows.size(); ++i) out << rows[i] << "\n";
      SLUICE_TRY(batch.each_row([&](std::string_view row) {
        out << row << "\n";
        return Status();
      }));
    }
    std::filesystem::rename(path_ + ".new", path_);
    if (breaks_ == "after") throw std::runtime_error("the answer is lost");
    return {};
  }
  Result<std::optional<std::string>> newest_mark() override {
    const std::vector<std::string> lines = lines_of(path_);
    return lines.empty() ? std::nullopt : std::optional(lines[0]);
  }

 private:
  const std::string path_;
  const std::string breaks_;
};

template <class T>
Status add_same(const std::string& name) {
  return sluice::add_function("same_" + name, [](std::optional<T> value) { return value; });
}

std::vector<std::tuple<std::string, std::optional<std::int32_t>>> words(std::string_view text) {
  std::vector<std::tuple<std::string, std::optional<std::int32_t>>> found;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != ' ') {
      word += text[i];
    } else if (!word.empty()) {
      const bool is_long = word.size() > 3;
      found.emplace_back(
          word, is_long ? std::optional(static_cast<std::int32_t>(i - word.size())) : std::nullopt);
      word.clear();
    }
  }
  return found;
}

/// Whole columns, of a type that C++ has not: 16 bytes a value.
Status doubled(std::span<const ArrowArray* const> columns, ArrowArray& result) {
  const ArrowArray& given = *columns[0];
  std::vector<std::optional<std::int64_t>> cents;
  const auto* values = static_cast<const std::int64_t*>(given.buffers[1]);
  for (std::int64_t row = 0; row < given.length; ++row) cents.emplace_back(2 * values[2 * row]);
  sluice::give_values(cents, result);
  return {};
}

Status add_all() {
  const std::vector<ConnectorOption> options = {
      {.name = "path",
       .type = ConnectorOption::Type::kPath,
       .text = "The file.",
       .is_required = true},
      {.name = "breaks", .text = "Where.", .default_text = "nowhere"},
      {.name = "every", .type = ConnectorOption::Type::kDuration, .text = "A pause."}};
  SLUICE_TRY(sluice::add_source({.kind = "lines",
                                 .options = options,
                                 .make = [](const OptionValues& given, const ConnectorPlace&) {
                                   return std::make_unique<Lines>(given.text("path"),
                                                                  given.text("breaks"));
                                 }}));
  SLUICE_TRY(sluice::add_sink({.kind = "ledger",
                               .options = options,
                               .make =
                                   [](const OptionValues& given, const ConnectorPlace&) {
                                     return std::make_unique<Ledger>(given.text("path"),
                                                                     given.text("breaks"));
                                   },
                               .is_exactly_once = true}));
  SLUICE_TRY(sluice::add_sink(
      {.kind = "refused",
       .make = [](const OptionValues&,
                  const ConnectorPlace& place) -> Result<std::unique_ptr<sluice::RecordSink>> {
         return sluice::user_error("not for " + place.pipeline + " and " + place.name);
       }}));
  SLUICE_TRY(add_same<bool>("boolean"));
  SLUICE_TRY(add_same<std::int8_t>("tinyint"));
  SLUICE_TRY(add_same<std::uint16_t>("usmallint"));
  SLUICE_TRY(add_same<std::int32_t>("integer"));
  SLUICE_TRY(add_same<std::uint64_t>("ubigint"));
  SLUICE_TRY(add_same<float>("real"));
  SLUICE_TRY(add_same<double>("double"));
  SLUICE_TRY(sluice::add_function("shout", [](std::string_view text) {
    std::string loud(text);
    for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return loud;
  }));
  SLUICE_TRY(sluice::add_function("strict", [](std::int64_t n) {
    if (n == 13) throw std::out_of_range("thirteen");
    return n;
  }));
  SLUICE_TRY(sluice::add_table_function("words", {"word", "at"}, &words));
  SLUICE_TRY(sluice::add_function("bytes", [](const std::string& text) noexcept {
    return static_cast<std::int64_t>(text.size());
  }));
  SLUICE_TRY(sluice::add_function(
      "itself", [](const std::string& text) -> const std::string& { return text; }));
  SLUICE_TRY(sluice::add_function("head", [](std::optional<std::string_view> text) {
    return text ? std::optional(text->substr(0, 3)) : text;
  }));
  SLUICE_TRY(sluice::add_function(
      "plus", [held = std::make_unique<std::int64_t>(40)](std::int64_t n) { return n + *held; }));
  SLUICE_TRY(sluice::add_function("rubbish", [](std::int64_t) { return std::string("\xff\xfe"); }));
  return sluice::add_function({"doubled", {"DECIMAL(30,2)"}, "BIGINT", doubled});
}

/// What is refused when it is added.
void print_refusals() {
  const auto print = [](const Status& done) {
    std::printf("%s\n", done ? "taken" : done.error().message().c_str());
  };
  const auto make = [](auto&&...) { return std::make_unique<Lines>("", ""); };
  print(sluice::add_source({.kind = "kafka", .make = make}));
  print(sluice::add_source({.kind = "lines", .make = make}));
  print(sluice::add_source({.kind = "Two words", .make = make}));
  print(sluice::add_source({.kind = "no_code", .make = {}}));
  print(sluice::add_source({.kind = "watermark", .make = make}));
  print(sluice::add_source(
      {.kind = "twice", .options = {{.name = "a"}, {.name = "a"}}, .make = make}));
  print(sluice::add_source({.kind = "spaced", .options = {{.name = "a b"}}, .make = make}));
  print(sluice::add_source(
      {.kind = "typed",
       .options = {{.name = "a", .type = ConnectorOption::Type::kInteger, .default_text = "x"}},
       .make = make}));
  print(sluice::add_function("shout", [](double x) { return x; }));
  print(sluice::add_function("a b", [](double x) { return x; }));
  print(sluice::add_function({"typed", {"MONEY"}, "BIGINT", doubled}));
  print(sluice::add_function({"typed", {"UUID"}, "BIGINT", doubled}));
  print(sluice::add_function({"typed", {"BIGINT"}, "BIGINT", {}}));
  print(sluice::add_table_function("short", {"word"}, &words));
}

Status run(int count, char** files) {
  SLUICE_TRY(add_all());
  if (count == 0) print_refusals();
  sluice::Host host({});
  for (int i = 0; i < count; ++i) {
    const std::string file = files[i];
    if (!file.ends_with(".yaml")) {
      SLUICE_TRY(sluice::add_function(file, [](double x) { return x; }));
      continue;
    }
    SLUICE_ASSIGN(sluice::Pipeline pipeline, sluice::Pipeline::load(file, {}));
    SLUICE_ASSIGN(sluice::HostedPipeline * running, host.add(std::move(pipeline)));
    SLUICE_TRY(running->start());
  }
  host.wait();
  Status first;
  for (const sluice::HostedPipeline* pipeline : host.pipelines()) {
    const auto failed = pipeline->snapshot().error;
    std::printf("%s: %s\n", pipeline->name().c_str(), failed ? failed->message.c_str() : "done");
    if (failed && first) first = sluice::Error(failed->kind, failed->message);
  }
  return first;
}

}  // namespace

int main(int count, char** arguments) {
  const Status done = run(count - 1, arguments + 1);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
  return done ? 0 : static_cast<int>(done.error().kind()) + 10;
}
