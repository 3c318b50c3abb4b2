#include "charts/chart_notes.h"

#include <array>
#include <bit>
#include <memory>
#include <utility>

namespace sluice::charts {
namespace {

using ValueKind = Values::Kind;

constexpr std::string_view kMagic = "sluiceH1";
constexpr std::uint8_t kMixed = 0xFF;
constexpr std::uint64_t kMany = 1'000'000;  ///< of anything; more is no piece of ours

class Writer {
 public:
  std::string bytes{kMagic};

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void byte(std::uint8_t value) { bytes.push_back(static_cast<char>(value)); }
  void integer(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void fixed(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes += value;
  }

  void rows(const Rows& rows) {
    number(rows.columns.size());
    number(rows.size());
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      text(rows.columns[i].name);
      byte(static_cast<std::uint8_t>(rows.columns[i].type));
      values(rows.values[i]);
    }
  }

 private:
  void values(const Values& values) {
    bool is_mixed = false;
    for (std::size_t row = 1; row < values.size(); ++row) {
      is_mixed = is_mixed || values.kind(row) != values.kind(0);
    }
    if (is_mixed) byte(kMixed);
    if (!is_mixed && values.size() > 0) byte(static_cast<std::uint8_t>(values.kind(0)));
    std::unordered_map<std::string_view, std::uint64_t> known;
    std::int64_t before = 0;
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (is_mixed) byte(static_cast<std::uint8_t>(values.kind(row)));
      switch (values.kind(row)) {
        case ValueKind::kNull:
          break;
        case ValueKind::kReal:
          fixed(std::bit_cast<std::uint64_t>(values.real(row)));
          break;
        case ValueKind::kInteger: {
          // Times and counters differ by little.
          const auto step =
              static_cast<std::uint64_t>(values.integer(row)) - static_cast<std::uint64_t>(before);
          integer(static_cast<std::int64_t>(step));
          before = values.integer(row);
          break;
        }
        case ValueKind::kText: {
          const auto [found, is_new] = known.try_emplace(values.text(row), known.size());
          number(found->second);
          if (is_new) text(values.text(row));
          break;
        }
      }
    }
  }
};

/// After a failure everything that is read is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return left_.empty(); }
  void fail() {
    failed_ = true;
    left_ = {};
  }

  std::uint8_t byte() {
    if (left_.empty()) {
      fail();
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7F) << shift;
      if ((next & 0x80) == 0) return value;
    }
    fail();
    return 0;
  }
  std::uint64_t count() {
    const std::uint64_t value = number();
    if (value > kMany) fail();
    return failed_ ? 0 : value;
  }
  std::int64_t integer() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::uint64_t fixed() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return value;
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > left_.size()) {
      fail();
      return {};
    }
    const std::string_view value = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(static_cast<std::size_t>(size));
    return value;
  }

  SharedRows rows() {
    const std::uint64_t columns = count();
    const std::uint64_t rows = count();
    auto made = std::make_shared<Rows>();
    if (columns > kColumnsMax * 2) fail();
    for (std::uint64_t i = 0; i < columns && !failed_; ++i) {
      Column column{std::string(text()), ColumnType::kNumber};
      const std::uint8_t type = byte();
      if (type > static_cast<std::uint8_t>(ColumnType::kBool)) fail();
      column.type = static_cast<ColumnType>(type);
      made->columns.push_back(std::move(column));
      made->values.push_back(values(rows));
    }
    return made;
  }

 private:
  Values values(std::uint64_t rows) {
    Values values;
    const std::uint8_t common = rows > 0 ? byte() : kMixed;
    std::vector<std::string_view> known;
    std::int64_t before = 0;
    for (std::uint64_t row = 0; row < rows && !failed_; ++row) {
      const std::uint8_t kind = common == kMixed ? byte() : common;
      switch (static_cast<ValueKind>(kind)) {
        case ValueKind::kNull:
          values.add_null();
          break;
        case ValueKind::kReal:
          values.add_real(std::bit_cast<double>(fixed()));
          break;
        case ValueKind::kInteger:
          before = static_cast<std::int64_t>(static_cast<std::uint64_t>(before) +
                                             static_cast<std::uint64_t>(integer()));
          values.add_integer(before);
          break;
        case ValueKind::kText: {
          const std::uint64_t at = number();
          if (at == known.size()) known.push_back(text());
          if (at >= known.size()) {
            fail();
          } else {
            values.add_text(known[static_cast<std::size_t>(at)]);
          }
          break;
        }
        default:
          fail();
      }
    }
    return values;
  }

  std::string_view left_;
  bool failed_ = false;
};

void write_look(Writer& to, std::int64_t at_ms, bool truncated,
                const std::optional<std::int64_t>& total) {
  to.integer(at_ms);
  to.byte(static_cast<std::uint8_t>((truncated ? 1 : 0) | (total ? 2 : 0)));
  to.integer(total.value_or(0));
}

void read_look(Reader& from, std::int64_t& at_ms, bool& truncated,
               std::optional<std::int64_t>& total) {
  at_ms = from.integer();
  const std::uint8_t flags = from.byte();
  const std::int64_t count = from.integer();
  truncated = (flags & 1) != 0;
  if ((flags & 2) != 0) total = count;
}

NotedCharts::State read_state(Reader& from) {
  NotedCharts::State made;
  made.chart = std::string(from.text());
  made.definition = from.fixed();
  made.state.is_looked = true;
  read_look(from, made.state.at_ms, made.state.truncated, made.state.total);
  made.state.joined_rows = static_cast<std::size_t>(from.count());
  const std::uint64_t blocks = from.count();
  for (std::uint64_t i = 0; i < blocks && !from.failed(); ++i) {
    made.state.blocks.push_back({0, from.rows()});
  }
  return made;
}

NotedCharts::Added read_added(Reader& from) {
  NotedCharts::Added made;
  made.chart = std::string(from.text());
  made.definition = from.fixed();
  read_look(from, made.change.at_ms, made.change.truncated, made.change.total);
  made.change.rows = from.rows();
  return made;
}

}  // namespace

std::uint64_t definition_of(const ChartSpec& spec) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  for (const char c : spec.fingerprint) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
  }
  return hash;
}

std::string noted(const NotedCharts& charts) {
  Writer to;
  to.byte(charts.is_whole ? 1 : 0);
  to.number(charts.is_whole ? charts.states.size() : charts.added.size());
  for (const NotedCharts::State& each : charts.states) {
    to.text(each.chart);
    to.fixed(each.definition);
    write_look(to, each.state.at_ms, each.state.truncated, each.state.total);
    to.number(each.state.joined_rows);
    to.number(each.state.blocks.size());
    for (const ChartState::Block& block : each.state.blocks) to.rows(*block.rows);
  }
  for (const NotedCharts::Added& each : charts.added) {
    to.text(each.chart);
    to.fixed(each.definition);
    write_look(to, each.change.at_ms, each.change.truncated, each.change.total);
    to.rows(*each.change.rows);
  }
  return std::move(to.bytes);
}

std::optional<NotedCharts> read_noted(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  Reader from(bytes.substr(kMagic.size()));
  NotedCharts made;
  made.is_whole = from.byte() == 1;
  const std::uint64_t charts = from.count();
  for (std::uint64_t i = 0; i < charts && !from.failed(); ++i) {
    if (made.is_whole) {
      made.states.push_back(read_state(from));
    } else {
      made.added.push_back(read_added(from));
    }
  }
  if (from.failed() || !from.at_end()) return std::nullopt;
  return made;
}

}  // namespace sluice::charts
