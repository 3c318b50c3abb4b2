#include "connector/claim.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"

namespace sluice::connector {
namespace {

constexpr std::size_t kMarkDigits = 8;

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 &&
         std::isupper(static_cast<unsigned char>(c)) == 0;
}

}  // namespace

std::string claim_json(const ClaimRecord& record) {
  const OrderedJson json = {{"epoch", record.epoch},
                            {"host", record.writer.host},
                            {"process", record.writer.process},
                            {"checkpoint", record.writer.checkpoint},
                            {"mark", record.writer.mark},
                            {"run", record.writer.run},
                            {"time", record.time}};
  return dump_json(json);
}

std::optional<ClaimRecord> parse_claim(std::string_view json) {
  const OrderedJson root = parse_ordered_json(json);
  if (!root.is_object()) return std::nullopt;
  const auto integer = [&](const char* key) {
    const auto found = root.find(key);
    const bool is_number = found != root.end() && found->is_number_integer();
    return is_number ? std::optional(found->get<std::int64_t>()) : std::nullopt;
  };
  const auto text = [&](const char* key) {
    const auto found = root.find(key);
    return found != root.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto epoch = integer("epoch");
  if (!epoch) return std::nullopt;
  ClaimRecord record;
  record.epoch = *epoch;
  record.writer = {.host = text("host"),
                   .process = integer("process").value_or(0),
                   .checkpoint = text("checkpoint"),
                   .mark = text("mark"),
                   .run = text("run")};
  record.time = integer("time").value_or(0);
  return record;
}

std::string claim_text(const ClaimRecord& record) {
  const Writer& writer = record.writer;
  return "host=" + writer.host + " process=" + std::to_string(writer.process) +
         " checkpoint=" + writer.checkpoint + " epoch=" + std::to_string(record.epoch);
}

Error fenced_by(const std::string& target, std::int64_t ours, std::int64_t newest,
                const std::optional<ClaimRecord>& theirs) {
  return {Kind::kConflict,
          "E_FENCED: another run has claimed the target: " +
              (theirs ? claim_text(*theirs) : "epoch=" + std::to_string(newest)) +
              "; this run has epoch=" + std::to_string(ours) + " " + target +
              "; two checkpoints must not write to one target: stop one of the two runs for good, "
              "or give it a target of its own"};
}

std::string stage_stamp(std::int64_t epoch, std::string_view mark) {
  return "e" + std::to_string(epoch) + "-" + std::string(mark);
}

std::optional<std::string> mark_of_stamp(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (!text.starts_with('e') || dash == std::string_view::npos || dash < 2) return std::nullopt;
  const std::string_view epoch = text.substr(1, dash - 1);
  const std::string_view mark = text.substr(dash + 1);
  const bool fits = std::ranges::all_of(epoch, [](char c) { return c >= '0' && c <= '9'; }) &&
                    mark.size() == kMarkDigits && std::ranges::all_of(mark, is_hex);
  return fits ? std::optional(std::string(mark)) : std::nullopt;
}

}  // namespace sluice::connector
