#include "charts/row_taker.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "charts/thinning.h"

namespace sluice::charts {
namespace {

using config::ChartKind;
using data::TypeId;

/// Of a query's rows: more are not looked at.
constexpr std::int64_t kSeenMax = 2'000'000;
/// Of one batch, that are kept as they are.
constexpr std::size_t kFineRowsMax = 512;
constexpr std::size_t kRoomMin = 20'000;

double step_of(const ChartSpec& spec) {
  const bool is_fixed =
      spec.entry->kind == ChartKind::kHistogram && spec.entry->options.has("width");
  return is_fixed ? spec.entry->options.number("width") : 0;
}

void add_time(std::int64_t micros, Values& out) {
  // DuckDB's infinities are at the ends.
  constexpr std::int64_t kInfinite = std::numeric_limits<std::int64_t>::max();
  if (micros == kInfinite || micros == -kInfinite) {
    out.add_null();
    return;
  }
  out.add_integer(micros / 1000 - (micros % 1000 < 0 ? 1 : 0));
}

struct Hugeint {
  std::uint64_t lower;
  std::int64_t upper;
};

void add_hugeint(const Hugeint& value, Values& out) {
  const bool fits = value.upper == (static_cast<std::int64_t>(value.lower) < 0 ? -1 : 0);
  if (fits) {
    out.add_integer(static_cast<std::int64_t>(value.lower));
    return;
  }
  __extension__ using Wide = unsigned __int128;
  Wide rest = (static_cast<Wide>(static_cast<std::uint64_t>(value.upper)) << 64) | value.lower;
  const bool negative = value.upper < 0;
  if (negative) rest = ~rest + 1;
  std::string digits;
  for (; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  out.add_text((negative ? "-" : "") + digits);
}

void add_value(const data::Type& type, const data::VectorReader& from, std::size_t row,
               Values& out) {
  if (from.is_null(row) || from.values == nullptr) {
    out.add_null();
    return;
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      out.add_integer(from.at<std::uint8_t>(row) != 0 ? 1 : 0);
      return;
    case TypeId::kTinyint:
      out.add_integer(from.at<std::int8_t>(row));
      return;
    case TypeId::kSmallint:
      out.add_integer(from.at<std::int16_t>(row));
      return;
    case TypeId::kInteger:
      out.add_integer(from.at<std::int32_t>(row));
      return;
    case TypeId::kBigint:
      out.add_integer(from.at<std::int64_t>(row));
      return;
    case TypeId::kUtinyint:
      out.add_integer(from.at<std::uint8_t>(row));
      return;
    case TypeId::kUsmallint:
      out.add_integer(from.at<std::uint16_t>(row));
      return;
    case TypeId::kUinteger:
      out.add_integer(from.at<std::uint32_t>(row));
      return;
    case TypeId::kUbigint:
      add_hugeint({from.at<std::uint64_t>(row), 0}, out);
      return;
    case TypeId::kHugeint:
      add_hugeint(from.at<Hugeint>(row), out);
      return;
    case TypeId::kReal:
      out.add_real(static_cast<double>(from.at<float>(row)));
      return;
    case TypeId::kDouble:
      out.add_real(from.at<double>(row));
      return;
    case TypeId::kDate: {
      const auto days = from.at<std::int32_t>(row);
      constexpr std::int32_t kInfinite = std::numeric_limits<std::int32_t>::max();
      if (days == kInfinite || days == -kInfinite) {
        out.add_null();
      } else {
        out.add_integer(std::int64_t{days} * 86'400'000);
      }
      return;
    }
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      add_time(from.at<std::int64_t>(row), out);
      return;
    default:
      out.add_text(from.text(row));
      return;
  }
}

/// Types whose numbers plain_at() reads.
bool is_plain(TypeId type) {
  return type == TypeId::kDouble || type == TypeId::kReal || type == TypeId::kInteger ||
         type == TypeId::kBigint;
}

double plain_at(TypeId type, const data::VectorReader& from, std::size_t row) {
  switch (type) {
    case TypeId::kReal:
      return static_cast<double>(from.at<float>(row));
    case TypeId::kInteger:
      return from.at<std::int32_t>(row);
    case TypeId::kBigint:
      return static_cast<double>(from.at<std::int64_t>(row));
    default:
      return from.at<double>(row);
  }
}

}  // namespace

RowTaker::RowTaker(const ChartSpec& spec, std::int64_t at_ms)
    : spec_(spec), at_ms_(at_ms), rows_(spec.columns), counts_(step_of(spec)) {
  if (stretch_ms(spec) == 0 || spec.y.size() != 1) return;
  const data::Schema& asked = spec.query.schema;
  const TypeId time = asked[*spec.x].type.id();
  const bool is_time = time == TypeId::kTimestamp || time == TypeId::kTimestampTz;
  const bool is_height = is_plain(asked[spec.y.front()].type.id());
  const bool is_series = !spec.by || asked[*spec.by].type.id() == TypeId::kVarchar;
  if (is_time && is_height && is_series) stretch_us_ = stretch_ms(spec) * 1000;
}

bool RowTaker::is_at_an_end(const connector::RowChunk& chunk, std::size_t row) {
  const data::VectorReader& times = chunk.columns[*spec_.x];
  const data::VectorReader& heights = chunk.columns[spec_.y.front()];
  if (times.is_null(row) || heights.is_null(row)) return false;
  const double height = plain_at(spec_.query.schema[spec_.y.front()].type.id(), heights, row);
  if (!std::isfinite(height)) return false;
  std::uint64_t key = static_cast<std::uint64_t>(times.at<std::int64_t>(row) / stretch_us_);
  if (spec_.by && !chunk.columns[*spec_.by].is_null(row)) {
    key ^= std::hash<std::string_view>()(chunk.columns[*spec_.by].text(row));
  }
  const auto [found, is_new] = ends_.try_emplace(key, Ends{height, height});
  Ends& ends = found->second;
  if (!is_new && height >= ends.least && height <= ends.greatest) return false;
  ends.least = std::min(ends.least, height);
  ends.greatest = std::max(ends.greatest, height);
  return true;
}

Result<bool> RowTaker::take(const connector::RowChunk& chunk) {
  // What is only counted takes no room.
  if (seen_ >= kSeenMax && spec_.entry->kind != ChartKind::kHistogram) {
    is_cut_ = true;
    return false;
  }
  seen_ += static_cast<std::int64_t>(chunk.rows);
  if (spec_.keeping == Keeping::kHistory) {
    rows_ = Rows(spec_.columns);
    take_row(chunk, chunk.rows - 1);
    return true;
  }
  const bool is_histogram = spec_.entry->kind == ChartKind::kHistogram;
  const bool takes_last = spec_.thinning == Thinning::kNewest;
  const std::size_t first =
      takes_last ? chunk.rows - std::min(chunk.rows, spec_.rows_max) : std::size_t{0};
  const bool takes_first = spec_.thinning == Thinning::kFirst && !spec_.sort;
  for (std::size_t row = first; row < chunk.rows; ++row) {
    if (is_histogram) {
      take_value(chunk, row);
      continue;
    }
    if (takes_first && rows_.size() >= spec_.rows_max) break;
    if (stretch_us_ > 0 && !is_at_an_end(chunk, row) && rows_.size() >= kFineRowsMax) continue;
    take_row(chunk, row);
  }
  make_room();
  return true;
}

void RowTaker::take_row(const connector::RowChunk& chunk, std::size_t row) {
  std::size_t to = 0;
  if (spec_.time_is_added) rows_.values[to++].add_integer(cut(at_ms_));
  for (std::size_t i = 0; i < spec_.asked.size(); ++i, ++to) {
    const data::Type& type = spec_.query.schema[i].type;
    if (spec_.time_step_ms == 0 || to != spec_.time) {
      add_value(type, chunk.columns[i], row, rows_.values[to]);
      continue;
    }
    Values time;
    add_value(type, chunk.columns[i], row, time);
    if (time.is_null(0)) {
      rows_.values[to].add_null();
    } else {
      rows_.values[to].add_integer(cut(time.integer(0)));
    }
  }
}

void RowTaker::take_value(const connector::RowChunk& chunk, std::size_t row) {
  const data::VectorReader& values = chunk.columns[0];
  if (values.values != nullptr && !values.is_null(row)) counts_.add(values.at<double>(row));
}

/// Rows do not grow without bound while they are read.
void RowTaker::make_room() {
  const std::size_t room = std::max(kRoomMin, 2 * spec_.rows_max);
  if (rows_.size() < room) return;
  const SharedRows all = std::make_shared<const Rows>(std::move(rows_));
  rows_ = coarsened(spec_, joined(spec_, {&all, 1}));
  if (rows_.size() >= room / 2) rows_ = thinned(spec_, std::move(rows_));
}

std::int64_t RowTaker::cut(std::int64_t time_ms) const {
  const std::int64_t step = spec_.time_step_ms;
  if (step == 0) return time_ms;
  const std::int64_t rest = time_ms % step;
  return time_ms - rest - (rest < 0 ? step : 0);
}

Taken RowTaker::finish() {
  Taken taken;
  if (spec_.entry->kind == ChartKind::kHistogram) {
    taken.rows = count_rows(spec_, counts_, cut(at_ms_));
    taken.truncated = is_cut_;
    return taken;
  }
  const SharedRows all = std::make_shared<const Rows>(std::move(rows_));
  taken.rows = joined(spec_, {&all, 1});
  if (seen_ > static_cast<std::int64_t>(kFineRowsMax))
    taken.rows = coarsened(spec_, std::move(taken.rows));
  taken.rows = thinned(spec_, std::move(taken.rows));
  const bool is_longer =
      spec_.thinning == Thinning::kFirst && seen_ > static_cast<std::int64_t>(spec_.rows_max);
  taken.truncated = is_cut_ || is_longer;
  if (taken.truncated && !is_cut_) taken.total = seen_;
  return taken;
}

}  // namespace sluice::charts
