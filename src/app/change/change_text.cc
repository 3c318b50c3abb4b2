#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "sluice/change.h"

namespace sluice {
namespace {

constexpr std::array kFates = {std::pair{Fate::kKept, "kept"}, std::pair{Fate::kChanged, "changed"},
                               std::pair{Fate::kNew, "new"}, std::pair{Fate::kDropped, "dropped"},
                               std::pair{Fate::kRefused, "refused"}};

/// Of a part's details: below its name.
constexpr std::size_t kIndent = 19;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string counts(const PipelineChange& change) {
  std::string text;
  for (const auto& [fate, name] : kFates) {
    const auto count = std::ranges::count(change.parts, fate, &PartChange::fate);
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  return text;
}

}  // namespace

std::string_view fate_name(Fate fate) {
  return std::ranges::find(kFates, fate, &std::pair<Fate, const char*>::first)->second;
}

bool PipelineChange::is_possible() const {
  return std::ranges::find(parts, Fate::kRefused, &PartChange::fate) == parts.end();
}

std::string change_text(const PipelineChange& change) {
  std::string text = change.before + "  ->  " + change.after + "\n\n";
  std::size_t width = 0;
  for (const PartChange& part : change.parts) width = std::max(width, part.name.size());
  for (const PartChange& part : change.parts) {
    std::string line = "  " + padded(std::string(fate_name(part.fate)), 9) + padded(part.sort, 8) +
                       padded(part.name, width + 2) + part.effect;
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    for (const std::string& detail : part.details)
      text += std::string(kIndent, ' ') + detail + "\n";
  }
  for (const std::string& note : change.notes) text += "\n  " + note + "\n";
  return text + "\n" + counts(change) +
         (change.is_possible() ? ": a run goes on\n" : ": a run would stop at its start\n");
}

std::string change_json(const PipelineChange& change) {
  OrderedJson made = {{"version", 1},
                      {"before", change.before},
                      {"after", change.after},
                      {"possible", change.is_possible()}};
  OrderedJson& parts = made["parts"] = OrderedJson::array();
  for (const PartChange& part : change.parts) {
    parts.push_back({{"sort", part.sort},
                     {"name", part.name},
                     {"fate", fate_name(part.fate)},
                     {"effect", part.effect},
                     {"details", part.details}});
  }
  made["notes"] = change.notes;
  return dump_json(made, 2) + "\n";
}

}  // namespace sluice
