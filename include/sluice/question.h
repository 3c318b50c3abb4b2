#pragma once

#include <cstdint>
#include <string>

#include "sluice/base/result.h"

namespace sluice {

/// How the rows of an answer come.
enum class QuestionForm : unsigned char {
  kRows,   ///< as JSON arrays of values
  kTable,  ///< one text, for people
  kCsv,    ///< one text, with a header
  kLines,  ///< one text, a JSON object a line
};

/// SQL asked of a running pipeline (HostedPipeline::ask).
struct Question {
  /// One SELECT over the pipeline's sources, views and tables, and nothing else.
  std::string sql;
  std::uint64_t rows_max = 1000;  ///< of the answer; kQuestionRowsMax at most
  QuestionForm form = QuestionForm::kRows;
};

inline constexpr std::uint64_t kQuestionRowsMax = 10'000;

/// The first argument of a process that answers a question.
inline constexpr char kAnswerCommand[] = "answer-question";

/// What `PROGRAM answer-question` does: answers the question that comes over standard input, which
/// is a socket, and gives up for good what it does not need: files, memory, priority. For the
/// program that HostOptions::question_program names, before it has any thread.
Status answer_question();

}  // namespace sluice
