#include "sluice/templates.h"

#include <algorithm>
#include <filesystem>

#include "app/templates/template_files.h"
#include "base/border.h"
#include "base/nearest.h"
#include "io/file_system.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

/// The first paragraph of a template's README, below its head.
std::string text_of(std::string_view readme) {
  const std::size_t begin = readme.find("\n\n");
  if (begin == readme.npos) return "";
  const std::size_t end = readme.find('\n', begin + 2);
  return std::string(readme.substr(begin + 2, end - begin - 2));
}

Error unknown(const std::string& name) {
  std::vector<std::string> names;
  std::string list;
  for (const Template& one : templates()) {
    names.push_back(one.name);
    list += (list.empty() ? "; there are: " : ", ") + one.name;
  }
  const std::string guess = did_you_mean(name, names);
  return user_error("there is no template '" + name + "'" + (guess.empty() ? list : guess));
}

}  // namespace

std::vector<Template> templates() {
  std::vector<Template> all;
  for (const app::TemplateFile& file : app::template_files()) {
    if (all.empty() || all.back().name != file.name) all.push_back({std::string(file.name), ""});
    if (file.path == "README.md") all.back().text = text_of(file.content);
  }
  return all;
}

Result<std::vector<std::string>> write_template(const std::string& name,
                                                const std::string& folder) {
  return at_border("write the template", [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> written;
    std::vector<app::TemplateFile> files = app::template_files();
    std::erase_if(files, [&name](const app::TemplateFile& file) { return file.name != name; });
    if (files.empty()) return unknown(name);
    const auto path_of = [&folder](const app::TemplateFile& file) {
      return (fs::path(folder) / file.path).string();
    };
    for (const app::TemplateFile& file : files) {
      std::error_code ignored;
      if (!fs::exists(path_of(file), ignored)) continue;
      return user_error(path_of(file) + " is there already; choose another folder with --to");
    }
    const auto local = io::make_local_file_system();
    for (const app::TemplateFile& file : files) {
      const std::string path = path_of(file);
      std::error_code problem;
      fs::create_directories(fs::path(path).parent_path(), problem);
      if (problem) {
        return user_error(fs::path(path).parent_path().string() +
                          ": cannot be made: " + problem.message());
      }
      SLUICE_TRY(local->write_atomic(path, file.content));
      written.push_back(path);
    }
    return written;
  });
}

}  // namespace sluice
