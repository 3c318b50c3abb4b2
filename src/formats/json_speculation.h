#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "formats/json_columns.h"
#include "formats/json_cursor.h"
#include "formats/json_rescued.h"
#include "formats/value_text.h"

namespace sluice::formats {

/// Decodes records in place on the guess that they look like the ones before: after each field the
/// text up to the next value (`, "SellerID": `) is compared as a whole with what stood there last.
/// A wrong guess costs a look at the key, which is then the next guess; each field remembers two
/// successors, so optional fields and a few alternating layouts are free.
///
/// It never rejects: a record that is not plainly right (a number with an exponent, a wrong
/// type, a nested column, broken JSON ...) is a surprise, left to JsonWalk, which decides.
class JsonSpeculation {
 public:
  /// `columns` outlives it.
  JsonSpeculation(const JsonColumns& columns, ValueContext context);
  JsonSpeculation(const JsonSpeculation&) = delete;
  JsonSpeculation& operator=(const JsonSpeculation&) = delete;

  /// True: the record was decoded to row `row` of the targets. False: a surprise; rows `row` may be
  /// half written and partly NULL.
  bool decode(std::string_view payload, const JsonTargets& targets, std::uint64_t row);

 private:
  static constexpr std::size_t kWordsMax = 8;
  // So many words are compared at once, without a branch; few guesses are longer.
  static constexpr std::size_t kWordsAtOnce = 3;

  struct Field;

  // A guess: the bytes between two values and the field that they announce.
  struct Guess {
    std::uint64_t words[kWordsMax] = {};
    std::uint64_t masks[kWordsAtOnce] = {};  // of the bytes that count
    std::uint32_t bytes = 0;
    bool ascii = true;
    Field* field = nullptr;  // null: no guess yet

    bool match(const char* at, const char* end) const;
    bool match_slowly(const char* at, const char* end) const;
  };

  struct Field {
    Guess guess;
    std::uint64_t record = 0;  // the last one it stood in
    const ValuePlan* plan = nullptr;
    Op op = Op::kSkip;
    bool is_column = false;  // else of no column: may be there twice
    std::uint16_t target = kNoTarget;
    std::string_view key;  // of one that has no column, as it is in records
    Guess second_guess;
  };

  const char* find_field(const char* at, const char* end, JsonSeen& seen, Field*& field);
  /// Null: of a key that is not remembered, though it is to be rescued.
  Field* field_of(std::string_view key);
  const char* read_value(const Field& field, const char* at, const char* end, JsonSeen& seen,
                         const JsonTargets& targets, std::uint64_t row);
  const char* read_other(const Field& field, const char* at, const char* end, JsonSeen& seen,
                         data::VectorWriter& out, std::uint64_t row);
  const char* read_text(const ValuePlan& plan, const char* at, const char* end, JsonSeen& seen,
                        data::VectorWriter& out, std::uint64_t row);

  static void learn(Field& from, std::string_view text, Field& to);

  const JsonColumns& columns_;
  ValueContext context_;
  Field start_;
  Field end_;
  std::deque<Field> fields_;  // the columns, then other keys that were met; they do not move
  std::unordered_map<std::string, Field*> other_keys_;
  std::string key_;  // scratch, so that looking up allocates nothing
  JsonRescued rescued_;
  std::size_t wanted_ = 0;
  std::uint64_t record_ = 0;
};

}  // namespace sluice::formats
