#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::charts {

/// What a page knows of a column.
enum class ColumnType : unsigned char { kNumber, kText, kTime, kBool };

/// "number", "text", "time", "bool".
std::string_view column_type_name(ColumnType type);

struct Column {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  bool operator==(const Column&) const = default;
};

/// The values of one column. A number is a double, an integer, or, where neither holds it (a
/// DECIMAL), the text of its digits; a time is an integer of milliseconds since 1970, a boolean 0
/// or 1. Equal texts are kept once.
class Values {
 public:
  enum class Kind : unsigned char { kNull, kReal, kInteger, kText };

  Values() = default;
  Values(Values&&) = default;
  Values& operator=(Values&&) = default;
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  ~Values() = default;

  void add_null() { add(Kind::kNull, 0); }
  void add_real(double value);
  void add_integer(std::int64_t value) { add(Kind::kInteger, value); }
  /// Of more than kTextBytesMax bytes the rest is left out.
  void add_text(std::string_view text);
  void add_from(const Values& other, std::size_t row);

  std::size_t size() const { return kinds_.size(); }
  Kind kind(std::size_t row) const { return kinds_[row]; }
  bool is_null(std::size_t row) const { return kinds_[row] == Kind::kNull; }
  std::int64_t integer(std::size_t row) const { return bits_[row]; }  ///< of kInteger
  double real(std::size_t row) const;                                 ///< of kReal
  const std::string& text(std::size_t row) const {                    ///< of kText
    return *texts_[static_cast<std::size_t>(bits_[row])];
  }
  /// The number at `row`; not finite where there is none.
  double number(std::size_t row) const;
  /// Appends nine bytes, which are the same for two rows of this column if their values are.
  void append_key(std::string& key, std::size_t row) const;

  static constexpr std::size_t kTextBytesMax = 1000;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  void add(Kind kind, std::int64_t bits) {
    kinds_.push_back(kind);
    bits_.push_back(bits);
  }

  std::vector<Kind> kinds_;
  std::vector<std::int64_t> bits_;  // of kText: index in texts_
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
  std::vector<const std::string*> texts_;  // keys of places_
};

/// Some rows, column by column.
struct Rows {
  std::vector<Column> columns;
  std::vector<Values> values;  ///< one for each of `columns`

  Rows() = default;
  explicit Rows(std::vector<Column> names) : columns(std::move(names)), values(columns.size()) {}

  std::size_t size() const { return values.empty() ? 0 : values.front().size(); }
  void add_from(const Rows& other, std::size_t row);
  /// Those of `rows`, in that order.
  Rows picked(std::span<const std::size_t> rows) const;
};

using SharedRows = std::shared_ptr<const Rows>;

}  // namespace sluice::charts
