#include "app/change/comparison.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "data/type.h"
#include "engine/compatibility.h"
#include "engine/source_positions.h"
#include "sql/view/kept_state.h"

namespace sluice::app {
namespace {

constexpr std::size_t kShownMax = 100;

std::string shown(const std::string& text) {
  return text.size() <= kShownMax ? text : text.substr(0, kShownMax) + "...";
}

const PartDescription* find(const std::vector<PartDescription>& parts, const std::string& name) {
  const auto found = std::ranges::find(parts, name, &PartDescription::name);
  return found == parts.end() ? nullptr : &*found;
}

/// The lines of a message: what is wrong, and what to do.
std::vector<std::string> lines_of(const std::string& message) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from <= message.size();) {
    const std::size_t end = std::min(message.find('\n', from), message.size());
    const std::string line = message.substr(from, end - from);
    const std::size_t text = line.find_first_not_of(' ');
    if (text != line.npos) lines.push_back(line.substr(text));
    from = end + 1;
  }
  return lines;
}

class Comparison {
 public:
  Comparison(const Before& before, const PlannedPipeline& after, sql::Session& session)
      : before_(before), after_(after), session_(session) {
    if (before_.file) settings_before_ = settings_of(before_.file->description);
    settings_after_ = settings_of(after_.description);
  }

  Result<PipelineChange> make() {
    made_.before = before_.words;
    made_.after = after_.description.name;
    options();
    sources();
    tables();
    SLUICE_TRY(views());
    sinks();
    return std::move(made_);
  }

 private:
  using Settings = std::map<std::string, std::string>;

  static Settings settings_of(const PipelineDescription& description) {
    Settings made;
    for (const SettingDescription& setting : description.settings) {
      made[setting.name] = setting.value;
    }
    return made;
  }

  PartChange& add(const std::string& sort, const std::string& name, Fate fate,
                  const std::string& effect) {
    return made_.parts.emplace_back(PartChange{sort, name, fate, effect, {}});
  }

  /// "kafka.topic: orders -> returns", of those whose names begin with `prefix`.
  std::vector<std::string> differences(const std::string& prefix) const {
    std::vector<std::string> lines;
    if (!before_.file) return lines;
    std::set<std::string> names;
    for (const Settings* settings : {&settings_before_, &settings_after_}) {
      for (auto at = settings->lower_bound(prefix);
           at != settings->end() && at->first.starts_with(prefix); ++at) {
        names.insert(at->first);
      }
    }
    for (const std::string& name : names) {
      const auto was = settings_before_.find(name);
      const auto is = settings_after_.find(name);
      const std::string old = was == settings_before_.end() ? "" : was->second;
      const std::string now = is == settings_after_.end() ? "" : is->second;
      if (old == now) continue;
      const std::string option = name.substr(prefix.size());
      lines.push_back(option + ": " + (old.empty() ? "not set" : shown(old)) + " -> " +
                      (now.empty() ? "not set" : shown(now)));
    }
    return lines;
  }

  static void add_columns(const data::Schema& was, const data::Schema& is,
                          std::vector<std::string>& lines) {
    for (const data::Field& field : is.fields()) {
      const int old = was.find(field.name);
      const std::string type = field.type.to_string();
      if (old < 0) {
        lines.push_back("column " + field.name + " " + type + " is new");
      } else if (const std::string before = was[static_cast<std::size_t>(old)].type.to_string();
                 before != type) {
        lines.push_back("column " + field.name + ": " + before + " -> " + type);
      }
    }
    for (const data::Field& field : was.fields()) {
      if (is.find(field.name) < 0) lines.push_back("column " + field.name + " is gone");
    }
  }

  /// Of a view or source.
  static const data::Schema* schema_of(const sql::Plan& plan, const std::string& name) {
    if (const sql::ViewPlan* view = plan.find(name)) return &view->schema;
    const auto source = plan.sources.find(name);
    return source == plan.sources.end() ? nullptr : &source->second;
  }

  void options() {
    if (!before_.file) return;
    const PipelineDescription& was = before_.file->description;
    const PipelineDescription& is = after_.description;
    if (PartChange* part = option("name", was.name, is.name)) {
      part->fate = Fate::kRefused;
      part->details.emplace_back("a checkpoint belongs to the pipeline of one name");
    }
    if (PartChange* part = option("checkpoint", was.checkpoint, is.checkpoint)) {
      part->details.emplace_back("in an empty one everything is read again");
    }
    option("trigger", was.trigger, is.trigger);
    option("timezone", before_.file->pipeline->time_zone, after_.pipeline->time_zone);
  }

  /// Null: it is the same.
  PartChange* option(const std::string& name, const std::string& was, const std::string& is) {
    return was == is ? nullptr : &add("option", name, Fate::kChanged, was + " -> " + is);
  }

  void sources() {
    const auto& offsets = before_.position.offsets;
    for (const engine::SourcePart& source : after_.pipeline->sources) {
      const auto known = offsets.find(source.name);
      const auto renamed = offsets.find(source.renamed_from);
      if (known != offsets.end()) {
        add_known("source", source.name, goes_on(known->second));
      } else if (renamed != offsets.end()) {
        add("source", source.name, Fate::kChanged,
            "was " + source.renamed_from + "; " + goes_on(renamed->second));
      } else {
        add("source", source.name, Fate::kNew, "is read from where its 'start' says");
      }
    }
    for (const auto& [name, offset] : offsets) {
      state::Position only;
      only.offsets[name] = offset;
      const Status problem = engine::check_positions(*after_.pipeline, only);
      if (problem) continue;
      const auto lines = lines_of(problem.error().message());
      add("source", name, Fate::kRefused,
          "E_SOURCE_ORPHAN: the checkpoint knows how far it is read, and no source has its name")
          .details.assign(lines.begin() + 1, lines.end());
    }
  }

  static std::string goes_on(const data::Offset& offset) {
    return offset.json.empty() ? "goes on" : "goes on at " + shown(offset.json);
  }

  /// Kept, or changed where its options differ.
  PartChange& add_known(const std::string& sort, const std::string& name,
                        const std::string& effect) {
    PartChange& part = add(sort, name, Fate::kKept, effect);
    part.details = differences(sort + "s." + name + ".");
    if (!part.details.empty()) part.fate = Fate::kChanged;
    return part;
  }

  void tables() {
    for (const PartDescription& table : after_.description.tables) {
      if (before_.file && find(before_.file->description.tables, table.name) == nullptr) {
        add("table", table.name, Fate::kNew, "");
      } else {
        add_known("table", table.name, "is read again at the start");
      }
    }
    if (!before_.file) return;
    for (const PartDescription& table : before_.file->description.tables) {
      if (find(after_.description.tables, table.name) == nullptr) {
        add("table", table.name, Fate::kDropped, "");
      }
    }
  }

  Status views() {
    for (const PartDescription& view : after_.description.views) {
      SLUICE_TRY(add_view(view));
    }
    if (before_.file) {
      for (const PartDescription& view : before_.file->description.views) {
        if (find(after_.description.views, view.name) == nullptr) add_dropped(view);
      }
      return {};
    }
    for (const auto& [name, note] : before_.position.fingerprints) {
      if (after_.plan.find(name) == nullptr) {
        add("view", name, Fate::kDropped, "its state is kept, and lacks the batches to come");
      }
    }
    return {};
  }

  void add_dropped(const PartDescription& view) {
    add("view", view.name, Fate::kDropped,
        view.has_state ? "its state is kept, and lacks the batches to come" : "");
  }

  /// With the states of those that the planner has made for it.
  Status add_view(const PartDescription& view) {
    std::vector<const sql::ViewPlan*> with_state;
    collect(*after_.plan.find(view.name), with_state);
    const PartDescription* old =
        before_.file ? find(before_.file->description.views, view.name) : nullptr;
    // A view that comes back may have its state still.
    const bool is_new = before_.file && old == nullptr && with_state.empty();
    PartChange& part = add("view", view.name, is_new ? Fate::kNew : Fate::kKept, "has no state");
    if (!with_state.empty()) part.effect = "its state goes on";
    if (old != nullptr) {
      // Functions of a file are in their views' SQL there.
      const std::string& was = before_.file->plan.find(view.name)->origin.sql;
      const std::string& is = after_.plan.find(view.name)->origin.sql;
      SLUICE_ASSIGN(const bool same, sql::same_sql(session_, was, is));
      if (!same) {
        part.fate = Fate::kChanged;
        part.effect +=
            with_state.empty() ? ": other SQL from now on" : ", and fits the SQL that has changed";
        part.details = {"was: " + was, "is:  " + is};
      }
    }
    for (const sql::ViewPlan* each : with_state) {
      SLUICE_ASSIGN(const engine::KeptState kept,
                    engine::kept_state(*each, before_.position, session_));
      judge(*each, kept, part);
      if (part.fate == Fate::kRefused) break;
    }
    if (old == nullptr || part.fate == Fate::kRefused) return {};
    std::vector<std::string> columns;
    if (const data::Schema* was = schema_of(before_.file->plan, view.name)) {
      add_columns(*was, *schema_of(after_.plan, view.name), columns);
    }
    part.details.insert(part.details.end(), columns.begin(), columns.end());
    if (!columns.empty() && part.fate == Fate::kKept) part.fate = Fate::kChanged;
    return {};
  }

  void collect(const sql::ViewPlan& view, std::vector<const sql::ViewPlan*>& found) const {
    if (view.has_state()) found.push_back(&view);
    for (const std::string& input : view.inputs) {
      const sql::ViewPlan* below = after_.plan.find(input);
      if (below != nullptr && find(after_.description.views, input) == nullptr) {
        collect(*below, found);
      }
    }
  }

  void judge(const sql::ViewPlan& view, const engine::KeptState& kept, PartChange& part) const {
    using Is = engine::KeptState::Fate;
    const std::string& zone = after_.pipeline->time_zone;
    if (kept.fate == Is::kNone) {
      part.fate = before_.position.next_batch == 0 ? part.fate : Fate::kNew;
      part.effect = "its state starts empty: rows read before are not in it";
      return;
    }
    if (kept.fate == Is::kSame && (!before_.time_zone || before_.time_zone == zone)) return;
    part.fate = Fate::kRefused;
    if (kept.fate == Is::kSame) {
      part.effect = "E_STATE_CHANGED: its state was made with timezone: " + *before_.time_zone;
      part.details = {"take timezone: " + zone +
                      " back, or use another checkpoint (everything is "
                      "read again)"};
      return;
    }
    auto lines = lines_of(engine::state_error(view, kept, before_.position).message());
    part.effect = lines.front();
    part.details.assign(lines.begin() + 1, lines.end());
  }

  void sinks() {
    const auto& known = before_.position.known_sinks;
    for (const engine::SinkPart& sink : after_.pipeline->sinks) {
      if (known && !known->contains(sink.name)) {
        add("sink", sink.name, Fate::kNew,
            sink.mode == connector::OutputMode::kComplete
                ? "gets the whole result"
                : "gets the rows from now on, and none of those before");
        continue;
      }
      PartChange& part = add_known("sink", sink.name, "goes on after what it has");
      add_columns_of(sink, part);
    }
    if (!known) return;
    for (const std::string& name : *known) {
      if (find(after_.description.sinks, name) != nullptr) continue;
      add("sink", name, Fate::kDropped, "what it has stays there, and no more comes");
    }
  }

  void add_columns_of(const engine::SinkPart& sink, PartChange& part) const {
    if (!before_.file) return;
    const auto& sinks = before_.file->pipeline->sinks;
    const auto old = std::ranges::find(sinks, sink.name, &engine::SinkPart::name);
    if (old == sinks.end()) return;
    const data::Schema* was = schema_of(before_.file->plan, old->from);
    const data::Schema* is = schema_of(after_.plan, sink.from);
    if (was == nullptr || is == nullptr) return;
    const std::size_t before = part.details.size();
    add_columns(*was, *is, part.details);
    if (part.details.size() == before) return;
    part.fate = Fate::kChanged;
    part.details.emplace_back("whether its target takes them: sluice check --connect");
  }

  const Before& before_;
  const PlannedPipeline& after_;
  sql::Session& session_;
  Settings settings_before_;
  Settings settings_after_;
  PipelineChange made_;
};

}  // namespace

Result<PipelineChange> compare(const Before& before, const PlannedPipeline& after,
                               sql::Session& session) {
  return Comparison(before, after, session).make();
}

}  // namespace sluice::app
