#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/json_columns.h"
#include "formats/json_cursor.h"
#include "formats/value_text.h"

namespace sluice::formats {

/// Decodes records in place on the guess that they look like the ones before: behind each field the
/// text up to the next value (`, "SellerID": `) is compared as a whole with what stood there last.
/// A wrong guess costs a look at the key, which is then the next guess; each field remembers two
/// successors, so optional fields and a few alternating layouts are free.
///
/// It never rejects: a record that is not plainly right (escapes in a wanted text, a number with
/// an exponent, a wrong type, broken JSON ...) is a surprise, left to JsonWalk, which decides.
class JsonSpeculation {
 public:
  /// `columns` outlives it.
  JsonSpeculation(const JsonColumns& columns, ValueContext context);

  /// True: the record was decoded to row `row` of the targets. False: a surprise; rows `row` may be
  /// half written and partly NULL.
  bool decode(std::string_view payload, const JsonTargets& targets, std::uint64_t row);

 private:
  static constexpr std::size_t kWordsMax = 8;

  // A guess: the bytes between two values and the field that they announce.
  struct Guess {
    std::uint64_t words[kWordsMax] = {};
    std::uint64_t last_mask = 0;
    std::uint32_t bytes = 0;
    std::uint32_t word_count = 0;
    std::uint32_t field = 0;
    bool ascii = true;

    const char* match(const char* at, const char* end) const;
  };

  struct Field {
    Op op = Op::kSkip;
    bool is_column = false;  // else of no column: may stand twice
    std::uint16_t target = kNoTarget;
    const ValuePlan* plan = nullptr;
    std::uint64_t record = 0;  // the last one it stood in
    Guess guesses[2];
  };

  static constexpr std::uint32_t kStart = 0;
  static constexpr std::uint32_t kEnd = 1;
  static constexpr std::uint32_t kFirstColumn = 2;

  const char* next_field(const char* at, const char* end, std::uint32_t& field);
  std::uint32_t field_of(std::string_view key);
  void learn(std::uint32_t from, std::string_view text, std::uint32_t to);
  const char* read_value(const Field& field, const char* at, const char* end,
                         data::VectorWriter& out, std::uint64_t row);
  const char* read_other(const Field& field, const char* at, const char* end,
                         data::VectorWriter& out, std::uint64_t row);
  const char* read_text(const ValuePlan& plan, const char* at, const char* end,
                        data::VectorWriter& out, std::uint64_t row);

  const JsonColumns& columns_;
  ValueContext context_;
  std::vector<Field> fields_;  // start, end, the columns, then other keys that were met
  std::unordered_map<std::string, std::uint32_t> other_keys_;
  std::string key_;  // scratch, so that looking up allocates nothing
  std::size_t wanted_ = 0;
  std::uint64_t record_ = 0;
  JsonSeen seen_;
};

}  // namespace sluice::formats
