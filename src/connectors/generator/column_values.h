#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "connectors/generator/generated_column.h"
#include "data/fixed_width.h"

namespace sluice::connectors {

/// "-12.5" with scale 2 is -1250. Null when `text` is not a decimal number, has more digits after
/// the point, or does not fit 38 digits.
std::optional<Int128> parse_scaled(std::string_view text, int scale);

/// A column whose value is an integer to DuckDB: whole numbers, decimals, BOOLEAN, DATE, TIMESTAMP.
/// `Value` gives it by row as an Int128 that fits the type.
template <class Value>
class IntegerColumn final : public GeneratedColumn {
 public:
  IntegerColumn(data::Type type, Value value,
                std::int64_t numbers = std::numeric_limits<std::int64_t>::max())
      : type_(std::move(type)), value_(std::move(value)), numbers_max_(numbers) {}

  const data::Type& type() const override { return type_; }
  std::int64_t numbers_max() const override { return numbers_max_; }
  void write(const RowRange& batch, std::span<const std::uint32_t> rows, BatchTexts& /*texts*/,
             data::VectorWriter& out) const override {
    switch (data::fixed_width(type_)) {
      case 1:
        return fill<std::uint8_t>(batch, rows, out);
      case 2:
        return fill<std::int16_t>(batch, rows, out);
      case 4:
        return fill<std::int32_t>(batch, rows, out);
      case 8:
        return fill<std::int64_t>(batch, rows, out);
      default:
        return fill<Int128>(batch, rows, out);
    }
  }

 private:
  template <class T>
  void fill(const RowRange& batch, std::span<const std::uint32_t> rows,
            data::VectorWriter& out) const {
    T* const values = out.as<T>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      values[i] = static_cast<T>(value_(batch.number(rows[i])));
    }
  }

  data::Type type_;
  Value value_;
  std::int64_t numbers_max_;
};

template <class Value>
class DoubleColumn final : public GeneratedColumn {
 public:
  explicit DoubleColumn(Value value) : value_(std::move(value)) {}

  const data::Type& type() const override { return type_; }
  void write(const RowRange& batch, std::span<const std::uint32_t> rows, BatchTexts& /*texts*/,
             data::VectorWriter& out) const override {
    auto* const values = out.as<double>();
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = value_(batch.number(rows[i]));
  }

 private:
  data::Type type_ = data::TypeId::kDouble;
  Value value_;
};

/// A text from a fixed list: `Value` gives its index by row.
template <class Value>
class PickedTextColumn final : public GeneratedColumn {
 public:
  PickedTextColumn(std::vector<std::string> texts, Value value)
      : texts_(std::move(texts)), value_(std::move(value)) {}

  const data::Type& type() const override { return type_; }
  void write(const RowRange& batch, std::span<const std::uint32_t> rows, BatchTexts& /*texts*/,
             data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out.set_text(i, texts_[value_(batch.number(rows[i]))]);
    }
  }

 private:
  data::Type type_ = data::TypeId::kVarchar;
  std::vector<std::string> texts_;
  Value value_;
};

/// A text made for each row: `Value` appends it to a string.
template <class Value>
class MadeTextColumn final : public GeneratedColumn {
 public:
  explicit MadeTextColumn(Value value) : value_(std::move(value)) {}

  const data::Type& type() const override { return type_; }
  void write(const RowRange& batch, std::span<const std::uint32_t> rows, BatchTexts& texts,
             data::VectorWriter& out) const override {
    std::call_once(texts.once, [&] {
      std::string text;
      texts.texts.reserve(batch.count);
      for (std::size_t i = 0; i < batch.count; ++i) {
        text.clear();
        value_(batch.number(i), text);
        texts.texts.push_back(texts.arena.copy(text));
      }
    });
    for (std::size_t i = 0; i < rows.size(); ++i) out.set_text(i, texts.texts[rows[i]]);
  }

 private:
  data::Type type_ = data::TypeId::kVarchar;
  Value value_;
};

}  // namespace sluice::connectors
