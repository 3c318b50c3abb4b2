#pragma once

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "data/record_batch.h"

namespace sluice::sql {

/// A batch of `rows` texts held in memory, with one own column `offset` BIGINT: for tests and
/// benchmarks of the scan.
class TextBatch final : public data::RecordBatch {
 public:
  explicit TextBatch(std::vector<std::string> rows) : rows_(std::move(rows)) {
    for (const std::string& row : rows_) {
      payloads_.push_back({row.data(), static_cast<std::uint32_t>(row.size())});
    }
  }

  std::size_t size() const override { return rows_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) out.as<std::int64_t>()[i] = 1000 + rows[i];
  }
  data::RecordOrigin origin(std::size_t) const override { return {}; }
  std::size_t bytes() const override { return 0; }

 private:
  std::vector<std::string> rows_;
  std::vector<data::Payload> payloads_;
};

/// Decodes "12|text|1,2,3": a BIGINT, b VARCHAR (empty: NULL), c BIGINT[], d STRUCT(n BIGINT,
/// t VARCHAR). A record whose first field is not a number is rejected (reason 1), and one whose
/// list holds something else where c is decoded (reason 2). One that begins with ! throws.
class BarDecoder final : public data::Decoder {
 public:
  const data::Schema& schema() const override { return schema_; }
  std::string reason_text(const data::Reject&) const override { return "not an integer"; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override {
    ++readers_;
    return std::make_unique<Reader>(std::move(columns), std::move(checked), arena);
  }

  /// That were made so far: one for each thread of a scan.
  int readers() const { return readers_; }

 private:
  class Reader final : public data::RecordReader {
   public:
    Reader(std::vector<std::size_t> columns, std::vector<std::size_t> checked, data::Arena& arena)
        : columns_(std::move(columns)), checked_(std::move(checked)), arena_(arena) {}

    void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
              data::ChunkWriter out, std::vector<std::uint32_t>& kept,
              std::vector<data::Reject>& rejects) override {
      for (std::size_t i = first; i < first + count; ++i) {
        const std::string_view record = payloads[i].text();
        if (record.starts_with('!')) throw std::runtime_error("record " + std::to_string(i));
        const std::size_t bar = record.find('|');
        std::int64_t number = 0;
        const char* const end = record.data() + bar;
        if (std::from_chars(record.data(), end, number).ptr != end || bar == 0) {
          rejects.push_back({static_cast<std::uint32_t>(i), 1, 0});
          continue;
        }
        const std::size_t row = kept.size();
        kept.push_back(static_cast<std::uint32_t>(i));
        const std::size_t second = record.find('|', bar + 1);
        if (reads_list() &&
            record.find_first_not_of("0123456789,", second + 1) != std::string_view::npos) {
          kept.pop_back();
          rejects.push_back({static_cast<std::uint32_t>(i), 2, 2});
          continue;
        }
        const std::string_view text = record.substr(bar + 1, second - bar - 1);
        for (std::size_t k = 0; k < columns_.size(); ++k) {
          write(columns_[k], out[k], row, number, text, record.substr(second + 1));
        }
      }
    }

   private:
    bool reads_list() const {
      const auto holds = [](const std::vector<std::size_t>& columns) {
        return std::find(columns.begin(), columns.end(), 2) != columns.end();
      };
      return holds(columns_) || holds(checked_);
    }

    void write(std::size_t column, data::VectorWriter& out, std::size_t row, std::int64_t number,
               std::string_view text, std::string_view list) {
      if (column == 0) {
        out.as<std::int64_t>()[row] = number;
      } else if (column == 1) {
        text.empty() ? out.set_null(row) : out.set_text(row, text);
      } else if (column == 2) {
        write_list(out, row, list);
      } else if (text.empty()) {
        out.set_null_deep(row);
      } else {
        out.children[0].as<std::int64_t>()[row] = number;
        out.children[1].set_text(row, arena_.copy(text));
      }
    }

    static void write_list(data::VectorWriter& out, std::size_t row, std::string_view list) {
      const std::uint64_t offset = out.list_elements;
      while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        out.reserve_elements(1);
        std::int64_t number = 0;
        std::from_chars(list.data(), list.data() + comma, number);
        if (comma == 0) {
          out.children[0].set_null(out.list_elements);
        } else {
          out.children[0].as<std::int64_t>()[out.list_elements] = number;
        }
        ++out.list_elements;
        list.remove_prefix(std::min(comma + 1, list.size()));
      }
      out.as<data::ListSlot>()[row] = {offset, out.list_elements - offset};
    }

    std::vector<std::size_t> columns_;
    std::vector<std::size_t> checked_;
    data::Arena& arena_;
  };

  mutable std::atomic<int> readers_{0};
  data::Schema schema_{{{"a", data::TypeId::kBigint},
                        {"b", data::TypeId::kVarchar},
                        {"c", data::Type::list(data::TypeId::kBigint)},
                        {"d", data::Type::structure(
                                  {{"n", data::TypeId::kBigint}, {"t", data::TypeId::kVarchar}})}}};
};

}  // namespace sluice::sql
