#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/type.h"
#include "questions/copy_desk.h"
#include "questions/frames.h"
#include "questions/packed_rows.h"
#include "sluice/base/result.h"

namespace sluice::questions {

/// How the rows of an answer are written.
enum class AnswerForm : unsigned char {
  kRows,   ///< JSON arrays of values, as docs/reference/live.md has them
  kTable,  ///< one text, as `sluice sql` shows tables
  kCsv,    ///< one text
  kLines,  ///< one text, a JSON object a line
};

/// A question as the process gets it that answers it.
struct SandboxRequest {
  std::string sql;
  std::uint64_t rows_max = 1000;
  AnswerForm form = AnswerForm::kRows;
  std::string time_zone = "UTC";
  std::vector<engine::WatchedRelation> relations;  ///< that it may read
};

/// Of the memory that SQL manages; what it takes beyond that is bounded by the process's.
inline constexpr std::int64_t kSandboxMemory = std::int64_t{256} << 20;

// The side that asks. Messages go: the request; what it reads, or an error; the copies; the answer,
// or an error.

std::string request_text(const SandboxRequest& request);
/// What the question reads. kUser, with line and column as SandboxError has them in its message.
Result<std::vector<RelationWish>> wish_in(const std::string& message);
/// The parts of the message that has the copies. They point into `copies` and `heads`.
std::vector<std::string_view> copies_parts(const std::vector<PackedRows>& copies,
                                           std::vector<std::string>& heads);
/// The answer as JSON, an object's members without its braces: "columns", "rows" (or "text"),
/// "truncated" and "ran_us". kUser as wish_in().
Result<std::string> answer_in(std::string message);

/// "LINE:COLUMN: what is wrong" of an error of SQL, where it has a place.
struct PlacedMessage {
  std::string message;
  int line = 0;  ///< 0: it has no place
  int column = 0;
};
PlacedMessage placed(const std::string& message);

// The side that answers.

/// Answers the one question that comes: with rows or with why there are none. An error: the other
/// side has gone.
Status answer(Frames& frames);

/// Bounds what this process may take, for good: memory, files, priority. What it cannot is left.
void confine_process();

}  // namespace sluice::questions
