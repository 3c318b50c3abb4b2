#include <nlohmann/json.hpp>

#include "sluice/lint.h"

namespace sluice {

std::string check_json(const std::string& path, const Result<CheckedPipeline>& checked) {
  using Json = nlohmann::ordered_json;
  Json warnings = Json::array();
  if (checked) {
    for (const PipelineWarning& warning : checked->warnings) {
      const bool has_place = warning.line > 0;
      warnings.push_back({{"code", warning.code},
                          {"line", has_place ? Json(warning.line) : Json()},
                          {"column", has_place ? Json(warning.column) : Json()},
                          {"message", warning.text},
                          {"fix", warning.fix}});
    }
  }
  const Json made = {{"file", path},
                     {"fine", checked.has_value()},
                     {"error", checked ? Json() : Json(checked.error().message())},
                     {"warnings", std::move(warnings)}};
  return made.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sluice
