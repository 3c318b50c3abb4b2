#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "questions/sandbox.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::questions {

/// Writes the rows of a question's SELECT. One thread.
class AnswerWriter {
 public:
  AnswerWriter(AnswerForm form, std::uint64_t rows_max) : form_(form), rows_max_(rows_max) {}

  /// Members of a JSON object: `"columns":[...],"rows":[...],"truncated":false`, with the other
  /// forms "text" instead of "rows". Truncated: there are more than `rows_max` rows, or more than
  /// kAnswerBytes. kUser: a value that SQL cannot compute, or one row that is larger than that.
  Result<std::string> write(sql::Session& session, const std::string& select);

  static constexpr std::size_t kAnswerBytes = std::size_t{8} << 20;

 private:
  Result<std::string> rows(connector::BatchTable& table);
  Result<std::string> table(connector::BatchTable& table);
  Result<std::string> lines(connector::BatchTable& table);
  /// Of rows whose values are texts by now.
  Result<std::string> csv(connector::BatchTable& table, const std::vector<std::string>& header);
  /// Reads rows while there is room: `add` appends one to `out`.
  template <class Add>
  Status read(connector::BatchTable& table, std::string& out, Add add);

  const AnswerForm form_;
  const std::uint64_t rows_max_;
  bool is_truncated_ = false;
};

}  // namespace sluice::questions
