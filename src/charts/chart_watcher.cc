#include "charts/chart_watcher.h"

#include <algorithm>

#include "base/log.h"
#include "base/nearest.h"
#include "charts/row_taker.h"
#include "charts/thinning.h"

namespace sluice::charts {
namespace {

/// How often rows are noted that each look replaces; large ones less often.
constexpr Micros kKeepEvery = 5'000'000;
constexpr std::size_t kKeepCells = 5'000;
/// When the notes are made one piece again.
constexpr std::size_t kPiecesMax = 64;
constexpr std::size_t kManyPieces = 1'000;
constexpr std::size_t kNotesBytes = std::size_t{1} << 20;

std::string query_name(const config::ChartEntry& entry) { return "chart '" + entry.name + "'"; }

/// What its reader can do something about is the chart's affair; the rest ends or repeats the
/// batch.
bool is_of_query(const Error& error) {
  return error.kind() == Kind::kUser || error.kind() == Kind::kData ||
         error.kind() == Kind::kInternal;
}

/// Filters that no chart has the column of would be empty for ever.
Status check_filters(const config::UiEntry& ui, std::span<const sql::QueryPlan> queries) {
  for (const config::ChartColumn& filter : ui.filters) {
    std::vector<std::string> names;
    bool is_there = false;
    for (const sql::QueryPlan& query : queries) {
      is_there = is_there || query.schema.find(filter.name) >= 0;
      for (const data::Field& field : query.schema.fields()) names.push_back(field.name);
    }
    if (is_there) continue;
    return ConfigValue::null(filter.location)
        .error("'filters' names the column '" + filter.name + "', which no chart has" +
               did_you_mean(filter.name, names));
  }
  return {};
}

}  // namespace

ChartWatcher::ChartWatcher(ChartBoard::Entries entries, config::UiEntry ui, ChartBoard* board)
    : entries_([&] {
        std::erase_if(
            entries, [](const auto& entry) { return entry->kind == config::ChartKind::kMarkdown; });
        return std::move(entries);
      }()),
      ui_(std::move(ui)),
      board_(board) {}

std::vector<sql::ViewText> ChartWatcher::queries() const {
  std::vector<sql::ViewText> texts;
  for (const auto& entry : entries_) {
    texts.push_back(
        {.name = query_name(*entry), .sql = entry->sql, .location = entry->sql_location});
  }
  return texts;
}

Status ChartWatcher::check(std::span<const sql::QueryPlan> queries) {
  charts_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    SLUICE_ASSIGN(ChartSpec spec, resolve(entries_[i], ui_, queries[i]));
    Chart& chart = charts_.emplace_back();
    chart.definition = definition_of(spec);
    chart.spec = std::make_shared<const ChartSpec>(std::move(spec));
  }
  return check_filters(ui_, queries);
}

const ChartWatcher::Chart* ChartWatcher::find(const std::string& name,
                                              std::uint64_t definition) const {
  for (const Chart& chart : charts_) {
    if (chart.spec->name() == name && chart.definition == definition) return &chart;
  }
  return nullptr;
}

void ChartWatcher::read_piece(const std::string& piece, std::vector<ChartState>& states) {
  auto noted = read_noted(piece);
  if (!noted) {
    log_warn("charts: a piece of their past in the checkpoint cannot be read and is left out");
    return;
  }
  if (noted->is_whole) states.assign(charts_.size(), ChartState());
  const auto fits = [](const Chart* chart, const SharedRows& rows) {
    return chart != nullptr && rows->columns == chart->spec->columns;
  };
  for (NotedCharts::State& each : noted->states) {
    const Chart* const chart = find(each.chart, each.definition);
    const bool fit = std::ranges::all_of(
        each.state.blocks, [&](const ChartState::Block& block) { return fits(chart, block.rows); });
    if (chart == nullptr || !fit) continue;
    states[static_cast<std::size_t>(chart - charts_.data())] = std::move(each.state);
  }
  for (const NotedCharts::Added& each : noted->added) {
    const Chart* const chart = find(each.chart, each.definition);
    if (!fits(chart, each.change.rows)) continue;
    apply(*chart->spec, each.change, states[static_cast<std::size_t>(chart - charts_.data())]);
  }
}

Status ChartWatcher::open(engine::WatchNotes& notes, Micros now) {
  static_cast<void>(now);
  notes_ = &notes;
  SLUICE_ASSIGN(const std::vector<std::string> pieces, notes.read());
  std::vector<ChartState> states(charts_.size());
  noted_ = {};
  for (const std::string& piece : pieces) {
    read_piece(piece, states);
    ++noted_.pieces;
    (noted_.pieces == 1 ? noted_.whole : noted_.bytes) += piece.size();
  }
  for (std::size_t i = 0; i < charts_.size(); ++i) {
    Chart& chart = charts_[i];
    chart.state = std::move(states[i]);
    if (board_ != nullptr) chart.state = board_->open(chart.spec, std::move(chart.state));
  }
  return {};
}

Result<std::optional<Change>> ChartWatcher::ask(Chart& chart, engine::WatchedBatch& batch) {
  const std::int64_t at_ms = batch.started() / 1000;
  RowTaker taker(*chart.spec, at_ms);
  auto done = [&]() -> Status {
    SLUICE_ASSIGN(const auto rows, batch.rows(chart.spec->query));
    return rows->read_chunks(
        {}, [&](const connector::RowChunk& chunk) -> Result<bool> { return taker.take(chunk); });
  }();
  if (!done) {
    if (!is_of_query(done.error())) return std::move(done).error();
    fail(chart, done.error());
    return std::optional<Change>();
  }
  Taken taken = taker.finish();
  Change change{std::make_shared<const Rows>(std::move(taken.rows)), at_ms, taken.truncated,
                taken.total};
  if (chart.spec->keeps_left_rows) chart.first = times_of(*chart.spec, *change.rows).first;
  if (auto all = with_left_rows(*chart.spec, chart.state, change.rows)) change.rows = all;
  return std::optional(std::move(change));
}

void ChartWatcher::fail(Chart& chart, const Error& error) {
  // What follows shows SQL that nobody has written.
  std::string message = error.message().substr(0, error.message().find("\nLINE "));
  while (message.ends_with('\n')) message.pop_back();
  log_warn("chart '" + chart.spec->name() +
           "': its query has failed and is not asked again in this run: " + message);
  chart.has_failed = true;
  const Location& place = chart.spec->entry->sql_location;
  chart.state.error = ChartError{message, place.line, place.column};
  chart.state.joined = ++chart.state.seq;
  chart.is_left_out = false;
  if (board_ != nullptr) board_->set(chart.spec->name(), chart.state);
}

Result<bool> ChartWatcher::look(engine::WatchedBatch& batch) {
  changes_.clear();
  noted_coming_.reset();
  const Micros now = batch.started();
  for (Chart& chart : charts_) {
    chart.coming.reset();
    chart.is_noting = false;
  }
  for (std::size_t i = 0; i < charts_.size(); ++i) {
    Chart& chart = charts_[i];
    if (chart.has_failed) continue;
    if (chart.is_of_results() && !is_due(chart, now)) {
      chart.is_left_out = true;
      continue;
    }
    SLUICE_ASSIGN(auto change, ask(chart, batch));
    if (!change) return false;
    chart.coming = chart.state;
    apply(*chart.spec, *change, *chart.coming);
    changes_.emplace_back(i, *std::move(change));
  }
  SLUICE_TRY(note(now));
  return true;
}

Status ChartWatcher::note(Micros now) {
  NotedCharts piece{.is_whole = false, .states = {}, .added = unnoted_};
  for (const auto& [i, change] : changes_) {
    Chart& chart = charts_[i];
    const bool is_news = change.rows->size() > 0 || !chart.state.is_looked;
    chart.is_noting = chart.is_result() ? is_to_note(chart, now) : is_news;
    if (chart.is_noting) piece.added.push_back({chart.spec->name(), chart.definition, change});
  }
  if (piece.added.empty()) return {};
  const std::string bytes = noted(piece);
  Size size = noted_;
  ++size.pieces;
  size.bytes += bytes.size();
  if (is_large(size)) return note_whole();
  noted_coming_ = size;
  return notes_->add(bytes);
}

bool ChartWatcher::is_large(const Size& size) {
  const bool is_much = size.bytes > std::max(kNotesBytes, size.whole);
  const bool are_many = size.pieces > kPiecesMax && size.bytes > size.whole / 2;
  return is_much || are_many || size.pieces > kManyPieces;
}

Status ChartWatcher::note_whole() {
  NotedCharts whole{.is_whole = true, .states = {}, .added = {}};
  for (Chart& chart : charts_) {
    const ChartState& state = chart.coming ? *chart.coming : chart.state;
    if (!state.is_looked) continue;
    whole.states.push_back({chart.spec->name(), chart.definition, state});
    chart.is_noting = true;
  }
  const std::string bytes = noted(whole);
  noted_coming_ = Size{.pieces = 1, .bytes = 0, .whole = bytes.size()};
  return notes_->replace(bytes);
}

bool ChartWatcher::is_to_note(const Chart& chart, Micros now) {
  // What has left a result is in the chart's rows alone.
  const bool some_left = chart.first != chart.noted_first;
  return some_left || now < chart.kept || now >= keep_at(chart);
}

Micros ChartWatcher::keep_at(const Chart& chart) {
  const std::size_t cells = chart.state.row_count() * chart.spec->columns.size();
  return chart.kept + kKeepEvery * static_cast<Micros>(1 + cells / kKeepCells);
}

Status ChartWatcher::between(Micros now, const BatchProgress* progress) {
  if (progress == nullptr) return note_rest(now, false);
  for (const auto& [i, change] : changes_) {
    Chart& chart = charts_[i];
    chart.asked = change.at_ms * 1000;
    chart.is_left_out = false;
    chart.is_kept = false;
    chart.state = *std::exchange(chart.coming, std::nullopt);
    if (board_ != nullptr) board_->set(chart.spec->name(), chart.state);
  }
  for (Chart& chart : charts_) {
    if (!std::exchange(chart.is_noting, false)) continue;
    chart.is_kept = true;
    chart.kept = now;
    chart.noted_first = chart.first;
  }
  if (noted_coming_) {
    noted_ = *std::exchange(noted_coming_, std::nullopt);
    unnoted_.clear();
  }
  changes_.clear();
  return {};
}

bool ChartWatcher::is_due(const Chart& chart, Micros now) {
  // A clock that was set back does not stop anything.
  return now < chart.asked || now >= chart.asked + chart.spec->entry->refresh_us;
}

bool ChartWatcher::is_due(Micros now, bool rests) const {
  return std::ranges::any_of(charts_, [&](const Chart& chart) {
    return chart.is_left_out && !chart.has_failed && (rests || is_due(chart, now));
  });
}

Result<bool> ChartWatcher::look_between(engine::WatchedBatch& left) {
  for (Chart& chart : charts_) {
    if (!chart.is_left_out || chart.has_failed) continue;
    auto change = ask(chart, left);
    chart.is_left_out = false;
    chart.asked = left.started();
    if (!change && change.error().kind() == Kind::kCorruption) return std::move(change).error();
    if (!change) {
      // The next batch meets it, too, and does what is to be done about it.
      log_warn("chart '" + chart.spec->name() + "': " + change.error().message());
      return true;
    }
    if (!*change) return false;
    chart.is_kept = false;
    if (!chart.is_result()) {
      unnoted_.push_back({chart.spec->name(), chart.definition, **change});
    }
    apply(*chart.spec, **change, chart.state);
    if (board_ != nullptr) board_->set(chart.spec->name(), chart.state);
  }
  return true;
}

Status ChartWatcher::note_rest(Micros now, bool all) {
  NotedCharts piece{.is_whole = false, .states = {}, .added = std::move(unnoted_)};
  unnoted_.clear();
  for (Chart& chart : charts_) {
    if (!chart.is_result() || chart.is_kept || chart.state.blocks.empty()) continue;
    if (!all && !is_to_note(chart, now)) continue;
    piece.added.push_back({chart.spec->name(), chart.definition,
                           Change{chart.state.blocks.front().rows, chart.state.at_ms,
                                  chart.state.truncated, chart.state.total}});
    chart.is_kept = true;
    chart.kept = now;
    chart.noted_first = chart.first;
  }
  if (piece.added.empty()) return {};
  const std::string bytes = noted(piece);
  Size size = noted_;
  ++size.pieces;
  size.bytes += bytes.size();
  if (!is_large(size)) {
    noted_ = size;
    return notes_->add(bytes);
  }
  SLUICE_TRY(note_whole());
  noted_ = *std::exchange(noted_coming_, std::nullopt);
  for (Chart& chart : charts_) chart.is_noting = false;
  return {};
}

std::optional<Micros> ChartWatcher::next() const {
  std::optional<Micros> next;
  const auto wish = [&](Micros at) { next = std::min(next.value_or(at), at); };
  for (const Chart& chart : charts_) {
    if (chart.is_left_out && !chart.has_failed) {
      wish(chart.asked + chart.spec->entry->refresh_us);
    }
    if (chart.is_result() && !chart.is_kept) {
      wish(chart.first == chart.noted_first ? keep_at(chart) : chart.asked);
    }
  }
  return next;
}

void ChartWatcher::end(const Status& how) {
  if (!how || notes_ == nullptr) return;
  if (auto done = note_rest(0, true); !done) {
    log_warn("charts: their newest rows are not in the checkpoint: " + done.error().message());
  }
}

}  // namespace sluice::charts
