#pragma once

#include <string_view>
#include <vector>

namespace sluice::app {

struct TemplateFile {
  std::string_view name;  ///< of its template
  std::string_view path;  ///< within it
  std::string_view content;
};

/// The files of templates/, sorted by template and path.
std::vector<TemplateFile> template_files();

}  // namespace sluice::app
