#pragma once

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "connector/batch_table.h"
#include "engine/watcher.h"
#include "questions/sandbox.h"
#include "sql/functions/open_database.h"
#include "sql/scan/scan.h"

namespace sluice::questions {

/// Tables of a test that stand for what a pipeline has: those whose names begin with "batch" have
/// rows of a batch, the rest are results.
class QuestionTest : public testing::Test {
 protected:
  QuestionTest() {
    database_ = *sql::open_database("", {});
    session_ = *database_->connect();
  }

  void must(const std::string& sql) {
    const auto done = session_->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }

  engine::WatchedRelation relation(const std::string& name) {
    const auto schema = session_->describe("FROM " + data::quote_identifier(name));
    EXPECT_TRUE(schema) << schema.error().message();
    return {.name = name,
            .kind = engine::WatchedRelation::Kind::kView,
            .is_of_batch = name.starts_with("batch"),
            .schema = connector::chunk_schema(*schema)};
  }
  std::vector<engine::WatchedRelation> relations() {
    std::vector<engine::WatchedRelation> all;
    const auto names = session_->query("SELECT table_name FROM duckdb_tables() ORDER BY 1");
    for (const auto& row : names->values) all.push_back(relation(*row[0]));
    return all;
  }

  PackedRows packed(const RelationWish& wish) {
    const engine::WatchedRelation of = relation(wish.name);
    std::string names;
    for (const std::size_t column : wish.columns) {
      names += (names.empty() ? "" : ", ") + data::quote_identifier(of.schema[column].name);
    }
    if (names.empty()) names = "true";
    const auto table = sql::make_batch_table(
        *session_, "SELECT " + names + " FROM " + data::quote_identifier(wish.name));
    RowPacker packer(of.schema, wish.columns);
    const auto read =
        (*table)->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
          return packer.add(chunk, std::size_t{1} << 30U);
        });
    EXPECT_TRUE(read) << read.error().message();
    return packer.take();
  }

  /// The question's whole way but for the process: what is asked, copied and answered.
  Result<std::string> ask(const std::string& sql, AnswerForm form = AnswerForm::kRows,
                          std::uint64_t rows_max = 1000) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    std::jthread other([end = ends[1]] {
      Frames frames{io::Descriptor(end)};
      static_cast<void>(answer(frames));
    });
    Frames frames{io::Descriptor(ends[0])};
    SandboxRequest request;
    request.sql = sql;
    request.form = form;
    request.rows_max = rows_max;
    request.time_zone = zone_;
    request.relations = relations();
    const std::string text = request_text(request);
    const std::array<std::string_view, 1> parts{text};
    SLUICE_TRY(frames.send(parts));
    SLUICE_ASSIGN(const std::string planned, frames.receive(std::size_t{1} << 20U));
    SLUICE_ASSIGN(wish_, wish_in(planned));
    std::vector<PackedRows> copies;
    for (const RelationWish& wish : wish_) copies.push_back(packed(wish));
    std::vector<std::string> heads;
    SLUICE_TRY(frames.send(copies_parts(copies, heads)));
    SLUICE_ASSIGN(std::string answered, frames.receive(std::size_t{1} << 28U));
    SLUICE_ASSIGN(std::string members, answer_in(std::move(answered)));
    return members.substr(0, members.rfind(",\"ran_us\":"));
  }
  /// The answer's rows as JSON, or the error.
  std::string rows(const std::string& sql) {
    const auto answered = ask(sql);
    if (!answered) return answered.error().message();
    const std::size_t begin = answered->find("\"rows\":") + 7;
    return answered->substr(begin, answered->rfind(",\"truncated\"") - begin);
  }

  std::string zone_ = "UTC";
  std::vector<RelationWish> wish_;  ///< of the last question
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
};

}  // namespace sluice::questions
