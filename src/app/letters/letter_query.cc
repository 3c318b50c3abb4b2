#include "app/letters/letter_query.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sql/scan/scan.h"

namespace sluice::app {
namespace {

using data::quote_literal;

constexpr const char* kChosen = "chosen";
/// Letters whose records have the text that was looked for last.
constexpr const char* kMatching = "matching";
constexpr const char* kNewestFirst =
    " ORDER BY batch DESC, source, origin DESC, \"partition\" DESC, \"offset\" DESC, element DESC, "
    "file, \"row\"";

std::string conditions(const DeadLetterFilter& filter, bool with_reason) {
  std::string text;
  const auto add = [&text](const std::string& condition) {
    text += (text.empty() ? " WHERE " : " AND ") + condition;
  };
  if (!filter.source.empty()) add("source = " + quote_literal(filter.source));
  if (with_reason && !filter.reason.empty()) {
    const std::string reason = quote_literal(filter.reason);
    add("(reason = " + reason +
        " OR (column_name <> '' AND reason = 'column ' || column_name || "
        "': ' || " +
        reason + "))");
  }
  return text;
}

std::string match_key(const LetterIndex& index, const DeadLetterFilter& filter) {
  return std::to_string(index.state()) + " " + filter.contains;
}

/// Reads the bytes of all letters and keeps which of them have the text. The same question again,
/// for the next page, costs nothing.
Status find_matching(LetterIndex& index, const DeadLetterFilter& filter,
                     const std::stop_token& stop) {
  sql::Session& session = index.session();
  SLUICE_TRY(session.execute("CREATE TABLE IF NOT EXISTS looked_for(text VARCHAR)"));
  const std::string key = quote_literal(match_key(index, filter));
  SLUICE_ASSIGN(const auto known, session.value("SELECT text FROM looked_for WHERE text = " + key));
  if (known) return {};
  SLUICE_TRY(session.execute("DELETE FROM looked_for"));
  SLUICE_TRY(session.execute(std::string("CREATE OR REPLACE TABLE ") + kMatching +
                             "(file INTEGER, \"row\" BIGINT)"));
  const std::string wanted = "lower(" + quote_literal(filter.contains) + ")";
  for (std::size_t place = 0; place < index.places().size(); ++place) {
    SLUICE_ASSIGN(const auto files, index.files_of(place, "letters"));
    for (std::size_t at = 0; at < files.size(); at += LetterIndex::kFilesMax) {
      if (stop.stop_requested()) return Error(Kind::kCancelled, "the search was ended");
      const auto first = files.begin() + static_cast<std::ptrdiff_t>(at);
      const auto count = std::min(LetterIndex::kFilesMax, files.size() - at);
      SLUICE_ASSIGN(const std::string rows,
                    index.rows_of(place, {first, first + static_cast<std::ptrdiff_t>(count)}));
      // Bytes that are not UTF-8 become U+FFFD.
      SLUICE_TRY(session.execute(
          std::string("INSERT INTO ") + kMatching + " SELECT file, \"row\" FROM (" + rows +
          ") WHERE contains(lower(CAST(\"value\" AS VARCHAR)), " + wanted + ")"));
    }
  }
  return session.execute("INSERT INTO looked_for VALUES (" + key + ")");
}

/// FROM and WHERE of the letters that match.
Result<std::string> from_matching(LetterIndex& index, const DeadLetterFilter& filter,
                                  bool with_reason, const std::stop_token& stop) {
  std::string from = "letters";
  if (!filter.contains.empty()) {
    SLUICE_TRY(find_matching(index, filter, stop));
    from = std::string("(SELECT * FROM letters SEMI JOIN ") + kMatching + " USING (file, \"row\"))";
  }
  return " FROM " + from + conditions(filter, with_reason);
}

enum Column : std::size_t {
  kPlace,
  kFile,
  kRow,
  kId,
  kSource,
  kBatch,
  kOrigin,
  kPartition,
  kOffset,
  kElement,
  kTime,
  kReason,
  kColumnName,
  kSize,
  kReplayedIn,
  kWaits,
};

/// Where the bytes of a letter are.
struct Position {
  std::size_t place = 0;
  std::int64_t file = 0;
  std::int64_t row = 0;
};

/// Reads the bytes of `letters`, which lie at `positions`.
Status read_bytes(LetterIndex& index, const std::vector<Position>& positions, std::size_t bytes_max,
                  std::vector<DeadLetter>& letters) {
  std::map<std::size_t, std::map<std::int64_t, std::map<std::int64_t, std::size_t>>> wanted;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    wanted[positions[i].place][positions[i].file][positions[i].row] = i;
  }
  for (const auto& [place, files] : wanted) {
    // One after the other: in each the rows that are wanted are found by their numbers.
    for (const auto& [file, rows] : files) {
      SLUICE_ASSIGN(const std::string select, index.rows_of(place, {file}));
      std::string numbers;
      for (const auto& [row, letter] : rows) {
        numbers += (numbers.empty() ? "" : ", ") + std::to_string(row);
      }
      SLUICE_ASSIGN(
          const auto table,
          sql::make_batch_table(index.session(), "SELECT \"row\", \"value\" FROM (" + select +
                                                     ") WHERE \"row\" IN (" + numbers + ")"));
      SLUICE_TRY(table->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
        for (std::size_t i = 0; i < chunk.rows; ++i) {
          const auto letter = rows.find(chunk.columns[0].at<std::int64_t>(i));
          if (letter == rows.end() || chunk.columns[1].is_null(i)) continue;
          letters[letter->second].bytes = chunk.columns[1].text(i).substr(0, bytes_max);
        }
        return true;
      }));
    }
  }
  return {};
}

Result<std::vector<DeadLetter>> read_letters(LetterIndex& index, const std::string& select,
                                             std::size_t bytes_max) {
  SLUICE_ASSIGN(
      const sql::Rows rows,
      index.session().query(
          "SELECT l.*, m.batch, coalesce(m.waits, false) FROM (" + select +
          ") l LEFT JOIN marks m ON m.letter = l.id" +
          std::string(
              " ORDER BY l.batch "
              "DESC, source, origin DESC, \"partition\" DESC, \"offset\" DESC, element DESC, "
              "file, \"row\"")));
  std::vector<DeadLetter> letters;
  std::vector<Position> positions;
  for (const auto& row : rows.values) {
    const Position position{static_cast<std::size_t>(integer_of(row[kPlace])),
                            integer_of(row[kFile]), integer_of(row[kRow])};
    LetterOrigin origin{row[kOrigin].value_or(""), integer_of(row[kPartition]),
                        integer_of(row[kOffset]), std::nullopt};
    if (row[kElement]) origin.element = integer_of(row[kElement]);
    DeadLetter letter;
    letter.id = row[kId].value_or("");
    letter.source = row[kSource].value_or("");
    letter.place = letter_place_text(index.places()[position.place], origin);
    letter.batch = integer_of(row[kBatch]);
    letter.time_us = integer_of(row[kTime]);
    letter.reason = row[kReason].value_or("");
    letter.column = row[kColumnName].value_or("");
    letter.size = integer_of(row[kSize]);
    if (row[kReplayedIn]) letter.replayed_in = integer_of(row[kReplayedIn]);
    letter.waits = row[kWaits] == "true";
    letters.push_back(std::move(letter));
    positions.push_back(position);
  }
  SLUICE_TRY(read_bytes(index, positions, bytes_max, letters));
  return letters;
}

Error unknown_letter(const std::string& id) {
  return user_error("E_NO_DEAD_LETTER: there is no dead letter '" + id +
                    "'; `sluice deadletter list` shows those that there are");
}

}  // namespace

std::int64_t integer_of(const std::optional<std::string>& answer) {
  return answer ? std::stoll(*answer) : 0;
}

Result<DeadLetterPage> letter_page(LetterIndex& index, const DeadLetterFilter& filter,
                                   const LetterRange& range, const std::stop_token& stop) {
  DeadLetterPage page;
  SLUICE_ASSIGN(const std::string all, from_matching(index, filter, /*with_reason=*/false, stop));
  SLUICE_ASSIGN(const sql::Rows reasons,
                index.session().query("SELECT reason, count(*) AS count" + all +
                                      " GROUP BY reason ORDER BY count DESC, reason"));
  for (const auto& row : reasons.values) {
    page.reasons.push_back({row[0].value_or(""), integer_of(row[1])});
  }
  SLUICE_ASSIGN(const std::string from, from_matching(index, filter, /*with_reason=*/true, stop));
  SLUICE_ASSIGN(const auto total, index.session().value("SELECT count(*)" + from));
  page.total = integer_of(total);
  SLUICE_ASSIGN(page.letters, read_letters(index,
                                           "SELECT *" + from + kNewestFirst + " LIMIT " +
                                               std::to_string(range.limit) + " OFFSET " +
                                               std::to_string(range.from),
                                           range.bytes_max));
  return page;
}

Result<DeadLetter> find_letter(LetterIndex& index, const std::string& id) {
  SLUICE_ASSIGN(auto letters, read_letters(index,
                                           "SELECT * FROM letters WHERE id = " + quote_literal(id) +
                                               kNewestFirst + " LIMIT 1",
                                           std::string::npos));
  if (letters.empty()) return unknown_letter(id);
  return std::move(letters.front());
}

Result<std::string> choose_letters(LetterIndex& index, const std::vector<std::string>& ids) {
  std::string values;
  for (const std::string& id : ids) {
    values += (values.empty() ? "(" : ", (") + quote_literal(id) + ")";
  }
  if (values.empty()) return user_error("no dead letter is named");
  sql::Session& session = index.session();
  SLUICE_ASSIGN(const auto unknown,
                session.value("SELECT id FROM (VALUES " + values +
                              ") AS w(id) ANTI JOIN letters USING (id) LIMIT 1"));
  if (unknown) return unknown_letter(*unknown);
  SLUICE_TRY(session.execute(std::string("CREATE OR REPLACE TABLE ") + kChosen +
                             " AS SELECT * FROM letters SEMI JOIN (VALUES " + values +
                             ") AS w(id) USING (id)"));
  return std::string(kChosen);
}

Result<std::string> choose_letters(LetterIndex& index, const DeadLetterFilter& filter,
                                   const std::stop_token& stop) {
  SLUICE_ASSIGN(const std::string from, from_matching(index, filter, /*with_reason=*/true, stop));
  SLUICE_TRY(index.session().execute(std::string("CREATE OR REPLACE TABLE ") + kChosen +
                                     " AS SELECT *" + from));
  return std::string(kChosen);
}

}  // namespace sluice::app
