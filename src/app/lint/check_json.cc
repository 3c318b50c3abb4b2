#include "base/json.h"
#include "sluice/lint.h"

namespace sluice {

std::string check_json(const std::string& path, const Result<CheckedPipeline>& checked) {
  OrderedJson warnings = OrderedJson::array();
  if (checked) {
    for (const PipelineWarning& warning : checked->warnings) {
      const bool has_place = warning.line > 0;
      warnings.push_back({{"code", warning.code},
                          {"line", has_place ? OrderedJson(warning.line) : OrderedJson()},
                          {"column", has_place ? OrderedJson(warning.column) : OrderedJson()},
                          {"message", warning.text},
                          {"fix", warning.fix}});
    }
  }
  const OrderedJson made = {
      {"file", path},
      {"fine", checked.has_value()},
      {"error", checked ? OrderedJson() : OrderedJson(checked.error().message())},
      {"warnings", std::move(warnings)}};
  return dump_json(made) + "\n";
}

}  // namespace sluice
