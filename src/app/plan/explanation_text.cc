#include <set>
#include <string>

#include "app/plan/explanation.h"
#include "base/json.h"

namespace sluice::app {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : ", ") + one;
  return text;
}

std::string kept_text(const sql::KeptRows& kept) {
  std::string text = kept.what;
  if (!kept.keys.empty()) text += ", by " + joined(kept.keys);
  return text + (kept.until.empty() ? "; kept for ever" : "; kept until " + kept.until);
}

class TreeWriter {
 public:
  explicit TreeWriter(const Explanation& explanation) : explanation_(explanation) {}

  std::string write() {
    out_ = explanation_.name + ", " + explanation_.trigger;
    if (!explanation_.checkpoint.empty()) out_ += ", checkpoint " + explanation_.checkpoint;
    out_ += '\n';
    for (const ExplainedPart& part : explanation_.parts) {
      if (!part.reads.empty()) continue;
      out_ += '\n';
      add(part, "", "");
    }
    return std::move(out_);
  }

 private:
  /// `first` begins the part's own line, `next` those below it.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as views read each other.
  void add(const ExplainedPart& part, const std::string& first, const std::string& next) {
    out_ += first + part.sort + " " + part.name + " (" + part.kind + ")";
    if (!written_.insert(&part).second) {
      out_ += ": as above\n";
      return;
    }
    out_ += '\n';
    const auto readers = explanation_.readers(part);
    const std::string line = next + (readers.empty() ? "     " : "│    ");
    for (const std::string& fact : facts(part)) out_ += line + fact + "\n";
    for (const ExplainedPart* reader : readers) {
      const bool is_last = reader == readers.back();
      add(*reader, next + (is_last ? "└─ " : "├─ "), next + (is_last ? "   " : "│  "));
    }
  }

  static std::vector<std::string> facts(const ExplainedPart& part) {
    std::vector<std::string> lines;
    if (part.sort == "sink") {
      lines.push_back(part.detail + ", " + part.promise);
      return lines;
    }
    if (!part.form.empty()) lines.push_back(part.form);
    if (part.reads.size() > 1) lines.push_back("reads: " + joined(part.reads));
    if (!part.detail.empty()) lines.push_back("columns: " + part.detail);
    if (!part.watermark.empty()) lines.push_back("watermark: " + part.watermark);
    if (part.sort != "view") return lines;
    for (const sql::KeptRows& kept : part.kept) lines.push_back("state: " + kept_text(kept));
    if (part.kept.empty()) lines.emplace_back("state: none");
    if (!part.modes.empty()) lines.push_back("modes: " + joined(part.modes));
    for (const auto& [mode, reason] : part.refused) lines.push_back("not " + mode + ": " + reason);
    if (!part.warning.empty()) lines.push_back("careful: " + part.warning);
    return lines;
  }

  const Explanation& explanation_;
  std::string out_;
  std::set<const ExplainedPart*> written_;
};

OrderedJson part_json(const ExplainedPart& part) {
  OrderedJson made = {{"sort", part.sort},
                      {"name", part.name},
                      {"kind", part.kind},
                      {"reads", part.reads},
                      {"detail", part.detail}};
  if (!part.watermark.empty()) made["watermark"] = part.watermark;
  if (part.sort == "sink") {
    made["mode"] = part.mode;
    made["promise"] = part.promise;
  }
  if (part.sort != "view") return made;
  made["form"] = part.form;
  OrderedJson& state = made["state"] = OrderedJson::array();
  for (const sql::KeptRows& kept : part.kept) {
    OrderedJson one = {{"what", kept.what}, {"keys", kept.keys}};
    one["event_time"] = kept.event_time.empty() ? OrderedJson() : OrderedJson(kept.event_time);
    one["until"] = kept.until.empty() ? OrderedJson() : OrderedJson(kept.until);
    state.push_back(std::move(one));
  }
  made["modes"] = part.modes;
  OrderedJson& refused = made["refused_modes"] = OrderedJson::object();
  for (const auto& [mode, reason] : part.refused) refused[mode] = reason;
  if (!part.warning.empty()) made["warning"] = part.warning;
  return made;
}

}  // namespace

std::string explanation_text(const Explanation& explanation) {
  return TreeWriter(explanation).write();
}

std::string explanation_json(const Explanation& explanation) {
  OrderedJson made = {{"version", 1},
                      {"name", explanation.name},
                      {"trigger", explanation.trigger},
                      {"checkpoint", explanation.checkpoint}};
  OrderedJson& parts = made["parts"] = OrderedJson::array();
  for (const ExplainedPart& part : explanation.parts) parts.push_back(part_json(part));
  return dump_json(made, 2) + "\n";
}

}  // namespace sluice::app
