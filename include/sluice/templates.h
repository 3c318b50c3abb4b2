#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

/// A pipeline to begin with: its file, sample data, tests and a README.
struct Template {
  std::string name;
  std::string text;  ///< what it does, one sentence
};

/// All there are, by name. Any thread may call.
std::vector<Template> templates();

/// Writes a template's files into the folder, which is made where it is missing, and gives their
/// paths. kUser: there is no such template, or a file of it is there already: then nothing is
/// written.
Result<std::vector<std::string>> write_template(const std::string& name, const std::string& folder);

}  // namespace sluice
