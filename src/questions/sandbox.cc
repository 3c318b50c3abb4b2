#include "questions/sandbox.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/border.h"
#include "base/json.h"
#include "questions/answer_writer.h"
#include "sql/duckdb/session_zone.h"
#include "sql/functions/open_database.h"
#include "sql/functions/spark_functions.h"
#include "sql/scan/scan.h"
#include "sql/spark/parse_view.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_reads.h"
#include "sql/view/bind_view.h"

namespace sluice::questions {
namespace {

constexpr std::size_t kRequestBytesMax = std::size_t{8} << 20;
constexpr std::size_t kCopiesBytesMax = std::size_t{256} << 20;

/// Views' refusals in words of questions.
std::string in_words_of_questions(std::string message) {
  const std::pair<std::string_view, std::string_view> words[] = {
      {"a view is one SELECT", "a question is one SELECT"},
      {"; make it a view of its own", ""},
      {": make it a view of its own", ""},
      {"possible in a view", "possible in a question"},
      {"a view cannot read the file", "a question cannot read the file"},
      {"; declare a source for it", "; it reads sources, views and tables of the pipeline"},
      {"; ${NAME} in the file inserts an environment variable", ""},
      {"; write ${NAME} to insert an environment variable", "; write the value"},
      {"; views read declared sources", "; questions read declared sources"},
  };
  for (const auto& [old, better] : words) {
    if (const std::size_t at = message.find(old); at != std::string::npos) {
      message.replace(at, old.size(), better);
    }
  }
  return message;
}

/// "question:1:8: the question: no such ..." becomes "1:8: no such ...".
std::string without_subject(std::string message) {
  constexpr std::string_view kFile = "question:";
  constexpr std::string_view kSubject = "the question: ";
  if (message.starts_with(kFile)) message.erase(0, kFile.size());
  if (const std::size_t at = message.find(kSubject); at != std::string::npos) {
    message.erase(at, kSubject.size());
  }
  return in_words_of_questions(std::move(message));
}

Error of_sql(const Error& error) {
  std::string message = error.message().substr(0, error.message().find("\nLINE "));
  while (message.ends_with('\n')) message.pop_back();
  if (message.starts_with("E_OUT_OF_MEMORY")) {
    message = "E_QUESTION_TOO_LARGE: the question needs more than the " +
              std::to_string(kSandboxMemory >> 20U) +
              " MiB that it may use; let it read, sort or group less";
  }
  // Whatever went wrong, other SQL may do better.
  return user_error(without_subject(std::move(message)));
}

/// The process's part of one question.
class Answering {
 public:
  explicit Answering(Frames& frames) : frames_(frames) {}

  Status run() {
    SLUICE_ASSIGN(const std::string text, frames_.receive(kRequestBytesMax));
    auto reads = at_border("plan the question", [&]() -> Result<std::string> {
      SLUICE_TRY(read_request(text));
      SLUICE_TRY(open());
      return plan();
    });
    if (!reads) return send_error(of_sql(reads.error()));
    SLUICE_TRY(send(*reads));
    SLUICE_ASSIGN(const std::string copies, frames_.receive(kCopiesBytesMax));
    auto bound = at_border("take the copies", [&] { return bind(copies); });
    if (!bound) return send_error(bound.error());
    auto answered = at_border("answer the question", [&] { return answer_text(); });
    if (!answered) return send_error(of_sql(answered.error()));
    return send(*answered);
  }

 private:
  struct Relation {
    std::string name;
    data::Schema schema;
    std::vector<std::size_t> columns;  ///< that are read
    std::unique_ptr<sql::Scan> scan;
    std::unique_ptr<PackedBatch> batch;
  };

  Status send(std::string_view text) { return frames_.send({&text, 1}); }

  Status send_error(const Error& error) {
    OrderedJson json;
    json["error"] = error.message();
    json["user"] = error.kind() != Kind::kInternal;
    return send(dump_json(json));
  }

  Status read_request(const std::string& text) {
    const OrderedJson json = parse_ordered_json(text);
    if (!json.is_object()) return internal_error("a question is not JSON");
    text_.name = "the question";
    text_.sql = json.value("sql", "");
    text_.location = {"question", 1, 1};
    rows_max_ = json.value("rows_max", std::uint64_t{1000});
    form_ = static_cast<AnswerForm>(json.value("form", 0));
    zone_ = json.value("time_zone", "UTC");
    for (const OrderedJson& one : json.value("relations", OrderedJson::array())) {
      Relation& relation = relations_.emplace_back();
      relation.name = one.value("name", "");
      for (const OrderedJson& column : one["columns"]) {
        SLUICE_ASSIGN(data::Type type, data::Type::parse(column[1].get<std::string>()));
        relation.schema.add({column[0].get<std::string>(), std::move(type)});
      }
    }
    return {};
  }

  Status open() {
    sql::DatabaseOptions options;
    options.threads = 1;
    options.memory_limit = kSandboxMemory;
    SLUICE_ASSIGN(database_, sql::open_database("", options));
    SLUICE_ASSIGN(session_, database_->connect());
    SLUICE_TRY(sql::set_time_zone(*session_, zone_));
    SLUICE_TRY(session_->execute("SET enable_external_access = false"));
    for (std::size_t number = 0; number < relations_.size(); ++number) {
      Relation& relation = relations_[number];
      // DuckDB takes the first column where it needs none.
      const std::string counted = "__sluice_row";
      std::vector<sql::ScanColumn> columns{{.field = {counted, data::TypeId::kBoolean},
                                            .decoded = false,
                                            .index = relation.schema.size()}};
      for (std::size_t i = 0; i < relation.schema.size(); ++i) {
        columns.push_back({.field = relation.schema[i], .decoded = false, .index = i});
      }
      const std::string rows = "__sluice_rows_" + std::to_string(number);
      SLUICE_ASSIGN(relation.scan,
                    sql::Scan::define(*session_, {rows, std::move(columns), nullptr}));
      SLUICE_TRY(session_->execute(
          "CREATE OR REPLACE TEMP VIEW " + data::quote_identifier(relation.name) +
          " AS SELECT * EXCLUDE (" + counted + ") FROM " + data::quote_identifier(rows)));
    }
    return {};
  }

  /// What the question reads, as JSON.
  Result<std::string> plan() {
    sql::KnownNames known;
    for (const Relation& relation : relations_) known[sql::lower(relation.name)] = relation.name;
    SLUICE_ASSIGN(const sql::ViewSql parsed, sql::parse_view(*session_, text_));
    SLUICE_ASSIGN(const sql::ViewReads reads, sql::find_reads(parsed, known));
    SLUICE_TRY(sql::define_spark_functions(*session_, reads.functions));
    SLUICE_TRY(sql::bind_view(*session_, parsed));
    SLUICE_TRY(session_->execute("SET lock_configuration = true"));
    select_ = parsed.statement();
    std::erase_if(relations_, [&](const Relation& relation) {
      return std::ranges::find(reads.inputs, relation.name) == reads.inputs.end();
    });
    OrderedJson list = OrderedJson::array();
    for (Relation& relation : relations_) {
      for (std::size_t i = 0; i < relation.schema.size(); ++i) {
        if (reads.all_columns || reads.columns.contains(sql::lower(relation.schema[i].name))) {
          relation.columns.push_back(i);
        }
      }
      list.push_back({{"name", relation.name}, {"columns", relation.columns}});
    }
    OrderedJson json;
    json["reads"] = std::move(list);
    return dump_json(json);
  }

  Status bind(std::string_view copies) {
    const auto number = [&copies]() -> Result<std::uint64_t> {
      std::uint64_t value = 0;
      if (copies.size() < sizeof value) return internal_error("the copies end too early");
      std::memcpy(&value, copies.data(), sizeof value);
      copies.remove_prefix(sizeof value);
      return value;
    };
    for (Relation& relation : relations_) {
      relation.batch = std::make_unique<PackedBatch>(relation.schema, relation.columns);
      SLUICE_ASSIGN(const std::uint64_t chunks, number());
      for (std::uint64_t i = 0; i < chunks; ++i) {
        SLUICE_ASSIGN(const std::uint64_t rows, number());
        SLUICE_ASSIGN(const std::uint64_t bytes, number());
        if (bytes > copies.size()) return internal_error("the copies end too early");
        SLUICE_TRY(relation.batch->add(copies.substr(0, bytes), static_cast<std::uint32_t>(rows)));
        copies.remove_prefix(bytes);
      }
      relation.scan->bind(relation.batch.get());
    }
    return {};
  }

  Result<std::string> answer_text() {
    const auto begun = std::chrono::steady_clock::now();
    AnswerWriter writer(form_, rows_max_);
    SLUICE_ASSIGN(std::string members, writer.write(*session_, select_));
    const auto ran = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begun);
    return "{" + members + ",\"ran_us\":" + std::to_string(ran.count()) + "}";
  }

  Frames& frames_;
  sql::ViewText text_;
  std::uint64_t rows_max_ = 0;
  AnswerForm form_ = AnswerForm::kRows;
  std::string zone_;
  std::string select_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
  std::vector<Relation> relations_;  // their scans go before the session
};

}  // namespace

Status answer(Frames& frames) { return Answering(frames).run(); }

void confine_process() {
  const auto bound = [](auto what, rlim_t most) {
    rlimit limit{.rlim_cur = most, .rlim_max = most};
    static_cast<void>(::setrlimit(what, &limit));
  };
  constexpr rlim_t kSeconds = 30;
  // Beside a thread of a pipeline that needs a whole core it gets 3.4 % of that.
  constexpr int kPriority = 15;
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kPriority));
  static_cast<void>(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  static_cast<void>(::chdir("/") == 0);
  static_cast<void>(::close_range(3, ~0U, 0));
  bound(RLIMIT_CORE, 0);
  bound(RLIMIT_FSIZE, 0);
  bound(RLIMIT_CPU, kSeconds);
#ifndef __SANITIZE_ADDRESS__  // whose shadow is larger than any machine
  constexpr rlim_t kAddresses = rlim_t{1536} << 20U;
  bound(RLIMIT_AS, kAddresses);
#endif
}

}  // namespace sluice::questions
